import pathlib
import types

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from tfcompat.data.questions import Questions
from tfcompat.export.saved_model import write_saved_model
from tfcompat.training.trained_scorer import TrainedScorer
from tfx_pipeline.example_signature import (
    ExampleServable,
    ExampleTransform,
    make_raw_example,
)


def read_raw(runs, name, split):
    """List of the raw examples that ExampleGen made."""
    folder = pathlib.Path(runs.output(f"ExampleGen_{name}", "examples"))
    files = list(map(str, (folder / f"Split-{split}").iterdir()))
    return list(tf.data.TFRecordDataset(files, "GZIP").as_numpy_iterator())


def value_of(raw, name):
    [value] = (
        tf.train.Example.FromString(raw).features.feature[name].bytes_list.value
    )
    return value.decode()


@pytest.fixture(scope="module")
def served(stages):
    return tf.saved_model.load(stages.stage_two.serving_model_dir).signatures


class TestTransformGraph:
    @pytest.mark.parametrize("name", ["pair_votes", "item_votes"])
    def test_serving_makes_of_an_example_what_transform_did(
        self, pipeline_runs, name
    ):
        transform = ExampleTransform(
            pipeline_runs.output(f"Transform_{name}", "transform_graph")
        )
        raw = read_raw(pipeline_runs, name, "test")
        columns = sorted(
            set(pipeline_runs.transformed(name).columns) - {"label", "row"}
        )
        found = transform(tf.constant(raw))
        assert sorted(found) == columns
        expected = pipeline_runs.transformed(name).read("test", columns)
        found = {
            column: tf.sparse.to_dense(values, _missing(values))[:, 0]
            if isinstance(values, tf.SparseTensor)
            else values
            for column, values in found.items()
        }
        # Transform keeps no order; ids tell votes apart.
        ids = [column for column in columns if column.endswith("_id")]
        for column in columns:
            for one, other in zip(
                _in_order(found, ids, column),
                _in_order(expected, ids, column),
                strict=True,
            ):
                np.testing.assert_equal(one, other)

    def test_its_vocabularies_are_saved_with_it(self, pipeline_runs, tmp_path):
        transform = ExampleTransform(
            pipeline_runs.output("Transform_item_votes", "transform_graph")
        )
        raw = read_raw(pipeline_runs, "item_votes", "test")[:3]
        servable = RowServable(transform, raw)
        write_saved_model(servable, tmp_path / "model")
        loaded = tf.saved_model.load(tmp_path / "model")
        rows = loaded.signatures["serving_default"](examples=tf.constant(raw))
        ids = pipeline_runs.transformed("item_votes").vocabulary("customer_id")
        assert [ids[row] for row in rows["row"]] == [
            value_of(one, "customer_id") for one in raw
        ]


def _missing(values):
    return "" if values.dtype == tf.string else float("nan")


def _in_order(columns, ids, column):
    rows = zip(
        *(np.array(columns[name]) for name in [*ids, column]), strict=True
    )
    return [row[-1] for row in sorted(rows, key=lambda row: row[:-1])]


class RowServable(tf.Module):
    """Says the row that Transform gives a customer."""

    def __init__(self, transform, raw):
        super().__init__(name="rows")
        self.transform = transform
        self.raw = raw
        self.card = {
            "title": "Rows",
            "description": "",
            "data": {},
            "metrics": {},
            "seed": 0,
            "limits": [],
        }
        self.sources = {}
        spec = tf.TensorSpec([None], tf.string, name="examples")
        self.signatures = {
            "serving_default": tf.function(
                lambda examples: {
                    "row": self.transform(examples)["customer_row"]
                },
                input_signature=[spec],
            )
        }

    def examples(self):
        return {"serving_default": [{"examples": self.raw}]}


class TestScores:
    def test_raw_examples_score_as_the_model_scores_their_rows(
        self, served, stages, pipeline_runs, trained
    ):
        raw = read_raw(pipeline_runs, "pair_votes", "test")
        rows = {
            name: known.get_indexer([value_of(one, name) for one in raw])
            for names, known in (
                (["customer_id"], pd.Index(trained.customers["customer_id"])),
                (
                    ["query_id", "candidate_id"],
                    pd.Index(trained.items["item_id"]),
                ),
            )
            for name in names
        }
        assert min(map(np.min, rows.values())) >= 0
        scorer = TrainedScorer(stages.stage_two.model_run_dir, trained)
        expected = scorer.score(
            Questions(
                rows["customer_id"],
                rows["query_id"],
                rows["candidate_id"][:, None],
                np.zeros((len(raw), 1)),
            )
        )
        found = served["examples"](examples=tf.constant(raw))
        np.testing.assert_allclose(
            found["score"], expected[:, 0], rtol=1e-4, atol=1e-5
        )
        assert found["known_customer"].numpy().all()

    def test_they_are_those_of_the_photos(self, served, trained):
        votes = trained.pair_votes.head(4)
        raw = [
            make_raw_example(trained, vote, _SPEC)
            for vote in votes.itertuples()
        ]
        customers = trained.customers["customer_id"].to_numpy()
        photos = np.array(
            [path.read_bytes() for path in trained.image_paths], object
        )
        expected = served["serving_default"](
            customer_id=tf.constant(customers[votes["customer"]]),
            query=tf.constant(photos[votes["query"]]),
            candidate=tf.constant(photos[votes["candidate"]]),
        )
        found = served["examples"](examples=tf.constant(raw))
        np.testing.assert_allclose(
            found["score"], expected["score"], rtol=1e-4, atol=1e-5
        )

    def test_stranger_gets_the_answer_to_strangers(self, served, trained):
        vote = next(trained.pair_votes.itertuples())
        example = tf.train.Example.FromString(
            make_raw_example(trained, vote, _SPEC)
        )
        example.features.feature["customer_id"].bytes_list.value[0] = b"nobody"
        raw = example.SerializeToString()
        found = served["examples"](examples=tf.constant([raw]))
        assert not found["known_customer"].numpy().any()
        assert np.isfinite(found["score"]).all()

    @pytest.mark.parametrize("side", ["query_id", "candidate_id"])
    def test_item_that_came_later_has_no_score(self, served, trained, side):
        vote = next(trained.pair_votes.itertuples())
        example = tf.train.Example.FromString(
            make_raw_example(trained, vote, _SPEC)
        )
        example.features.feature[side].bytes_list.value[0] = b"new"
        raw = [make_raw_example(trained, vote, _SPEC)]
        raw.append(example.SerializeToString())
        scores = served["examples"](examples=tf.constant(raw))["score"]
        assert np.isnan(scores.numpy()).tolist() == [False, True]

    def test_no_examples_have_no_scores(self, served):
        found = served["examples"](examples=tf.constant([], tf.string))
        assert found["score"].shape == (0,)


_SPEC = dict.fromkeys(
    [
        "customer_id",
        *(
            f"{side}_{what}"
            for side in ("query", "candidate")
            for what in ("id", "group", "category")
        ),
    ]
)


class TestServable:
    def test_other_items_than_its_own_are_refused(self, stages, shop, tmp_path):
        photos = tmp_path / "photos.npz"
        ids = shop.items["item_id"].to_numpy(str)
        np.savez(photos, item_ids=ids[::-1], features=np.zeros((len(ids), 2)))
        servable = types.SimpleNamespace(
            name="psa_net", card={}, sources={"photos.npz": photos}
        )
        graphs = stages.stage_two.transform_graphs
        with pytest.raises(ValueError, match="in its order"):
            ExampleServable(servable, shop, graphs["pair_votes"])
