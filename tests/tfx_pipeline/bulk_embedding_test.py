"""Embedding the catalogue in Beam, and the index that is made of it."""

import pathlib

import apache_beam as beam
import numpy as np
import pytest
import tensorflow as tf
from apache_beam.internal import pickler
from tfx.types.standard_artifacts import (
    Examples,
    InferenceResult,
    Model,
    ModelRun,
    TransformGraph,
)

from tests.tfx_pipeline.artifacts import make_artifact
from tfcompat.export import catalogue
from tfcompat.export.warmup import answer_warmup_requests
from tfx_pipeline import bulk_embedding, catalogue_index, photo_embedding
from tfx_pipeline.config import IN_PROCESS
from tfx_pipeline.failures import find_input_error
from tfx_pipeline.photo_embedding import (
    embed_photos,
    kept_folder,
    read_known_photos,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(stages):
    """`Model` artifact of a pair model, exported in one process."""
    exported = pathlib.Path(stages.stage_two.serving_model_dir)
    return make_artifact(Model, exported.parent)


@pytest.fixture(scope="module")
def photos(model):
    """Fingerprints and features that the export has found."""
    with np.load(pathlib.Path(kept_folder(model.uri)) / "photos.npz") as arrays:
        return dict(
            zip(
                arrays["fingerprints"].tolist(), arrays["features"], strict=True
            )
        )


@pytest.fixture(scope="module")
def embeddings(model, pipeline_runs, tmp_path_factory):
    """`InferenceResult` artifact that the component has made."""
    made = make_artifact(InferenceResult, tmp_path_factory.mktemp("embeddings"))
    items = pathlib.Path(pipeline_runs.output("ExampleGen_items", "examples"))
    executor = bulk_embedding.Executor(
        bulk_embedding.Executor.Context(
            beam_pipeline_args=list(IN_PROCESS),
            tmp_dir=str(tmp_path_factory.mktemp("work")),
            unique_id="1",
        )
    )
    examples = make_artifact(Examples, items, split_names='["all"]')
    executor.Do(
        {"examples": [examples], "model": [model]}, {"embeddings": [made]}, {}
    )
    return made


class TestEmbeddings:
    def test_are_those_of_an_export_in_one_process(self, embeddings, photos):
        known = read_known_photos(embeddings.uri)
        assert known.keys() == photos.keys()
        for key, features in photos.items():
            np.testing.assert_allclose(known[key], features, rtol=1e-5)

    def test_are_keyed_by_item_as_well(self, embeddings, shop):
        ids = []
        for path in pathlib.Path(embeddings.uri).glob("*.gz"):
            records = tf.data.TFRecordDataset(str(path), "GZIP")
            for record in records.as_numpy_iterator():
                feature = tf.train.Example.FromString(record).features.feature
                ids.append(feature["item_id"].bytes_list.value[0].decode())
        assert sorted(ids) == sorted(shop.items["item_id"])


class TestIndex:
    def test_answers_as_one_made_in_one_process(
        self,
        model,
        embeddings,
        pipeline_runs,
        tmp_path,
        monkeypatch,
    ):
        def look(self, contents, paths):
            raise AssertionError(f"{paths} are looked at.")

        # Beam has looked at all photos.
        monkeypatch.setattr(catalogue._Look, "__call__", look)
        indexed = make_artifact(Model, tmp_path / "indexed")
        catalogue_index.Executor().Do(
            {
                "model": [model],
                "embeddings": [embeddings],
                "encoder": [make_artifact(ModelRun, tmp_path / "encoder")],
                **self.transformed(pipeline_runs, "items"),
                **self.transformed(pipeline_runs, "pair_votes"),
            },
            {"indexed": [indexed]},
            {},
        )
        answers = self.answer(indexed)
        assert "examples" in {name for name, _ in answers}
        for key, expected in self.answer(model).items():
            for name, values in expected.items():
                if values.dtype == object:
                    assert values.tolist() == answers[key][name].tolist()
                else:
                    np.testing.assert_allclose(
                        answers[key][name], values, rtol=1e-4, atol=1e-5
                    )

    def transformed(self, pipeline_runs, name):
        outputs = {
            name: ("transformed_examples", Examples),
            f"{name}_graph": ("transform_graph", TransformGraph),
        }
        return {
            key: [
                make_artifact(
                    kind,
                    pathlib.Path(
                        pipeline_runs.output(f"Transform_{name}", output)
                    ),
                )
            ]
            for key, (output, kind) in outputs.items()
        }

    def answer(self, model):
        """Dict of what a model answers to the requests of the exported one."""
        answers = answer_warmup_requests(f"{model.uri}/Format-Serving")
        return {
            (request.model_spec.signature_name, len(outputs["score"])): outputs
            for request, outputs in answers
        }


class TestEmbed:
    def embed(self, model, examples):
        with beam.Pipeline(argv=list(IN_PROCESS)) as pipeline:
            _ = (
                pipeline
                | beam.Create(examples)
                | embed_photos(kept_folder(model.uri))
            )

    def make_example(self, item_id, image):
        example = tf.train.Example()
        for name, value in (("item_id", item_id), ("image", image)):
            example.features.feature[name].bytes_list.value.append(value)
        return example.SerializeToString()

    def test_photo_that_cannot_be_decoded_is_named(self, model):
        examples = [self.make_example(b"hat", b"no photo")]
        with pytest.raises(Exception) as caught:
            self.embed(model, examples)
        assert find_input_error(caught.value) == (
            "Item 'hat': its photo cannot be decoded."
        )

    def test_workers_of_a_process_share_the_model(self, model, monkeypatch):
        loaded = []

        class Counted(photo_embedding._Model):
            def __init__(self, folder):
                loaded.append(folder)

        monkeypatch.setattr(photo_embedding, "_Model", Counted)
        sent = pickler.dumps(photo_embedding._Embed(kept_folder(model.uri)))
        workers = [pickler.loads(sent) for _ in range(3)]
        for worker in workers:
            worker.setup()
        assert loaded == [kept_folder(model.uri)]
