import json
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tests.command import tfcompat_main
from tests.export.pair_kit import (
    make_encoder,
    make_model,
    read_items,
    write_wardrobe,
)
from tfcompat.data.errors import InputError
from tfcompat.data.questions import Questions
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.export.export import export_model, export_run, make_servable
from tfcompat.export.run_servables import make_run_servable
from tfcompat.retrieval import catalogue_index
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.trained_scorer import TrainedScorer


def read_ops(version):
    """Names of all ops in a SavedModel."""
    from tensorflow.core.protobuf import saved_model_pb2

    content = (version / "saved_model.pb").read_bytes()
    graph = saved_model_pb2.SavedModel.FromString(content)
    graph = graph.meta_graphs[0].graph_def
    nodes = [*graph.node]
    for function in graph.library.function:
        nodes += function.node_def
    return {node.op for node in nodes}


@pytest.fixture
def version(saved_models):
    """A version of PSA-Net, exported by the command."""
    return saved_models / "psa_net" / "1"


class TestExportRun:
    def test_stock_ops_alone(self, version):
        ops = read_ops(version)
        assert not [op for op in ops if ">" in op or op == "PyFunc"]

    def test_all_that_a_rebuild_needs_is_kept(self, version):
        kept = {
            path.name for path in (version / "assets.extra/tfcompat").iterdir()
        }
        assert kept == {
            "model.keras",
            "encoder.keras",
            "pair_model.json",
            "options.json",
            "photos.npz",
        }
        card = json.loads(
            (version / "assets.extra/model_card.json").read_text()
        )
        assert card["title"] == "PSA-Net" and card["limits"]
        assert card["data"]["catalogue"] == {"items": 40, "index": "exact"}
        assert "valid_roc_auc" in card["metrics"]

    def test_the_next_export_is_the_next_version(
        self, runs, wardrobe, tmp_path, capsys
    ):
        version = tmp_path / "psa_net" / "1"
        version.mkdir(parents=True)
        capsys.readouterr()
        status = tfcompat_main(
            f"export {runs / 'joint'} --to {tmp_path} --name psa_net "
            "--max-rows 8"
        )
        assert status == 0
        path = pathlib.Path(capsys.readouterr().out.strip())
        assert path == version.with_name("2")
        served = tf.saved_model.load(path).signatures["serving_default"]
        photos = [path.read_bytes() for path in wardrobe.image_paths[:6]]
        scores = served(
            customer_id=tf.constant(["nobody"] * 3),
            query=tf.constant(photos[:3]),
            candidate=tf.constant(photos[3:]),
        )["score"]
        expected = TrainedScorer(runs / "joint", wardrobe).score(
            Questions(
                np.full(3, -1),
                np.arange(3),
                np.arange(3, 6)[:, None],
                np.zeros((3, 1)),
            )
        )
        np.testing.assert_allclose(scores, expected[:, 0], rtol=0, atol=1e-5)
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="9 rows are more than 8"
        ):
            served(
                customer_id=tf.constant(["nobody"] * 9),
                query=tf.constant(photos[:1] * 9),
                candidate=tf.constant(photos[:1] * 9),
            )

    def test_too_few_items_for_scann_are_indexed_exactly(self, runs, wardrobe):
        servable = make_run_servable(
            RunFolder(runs / "psa-net"), wardrobe, index="scann"
        )
        assert servable.card["data"]["catalogue"]["index"] == "exact"
        assert servable.ranking.index.kind == "exact"

    def test_stage_one_is_exported_too(self, runs, tmp_path):
        path = export_run(runs / "partial-dual", tmp_path, name="likes")
        assert path == tmp_path / "likes" / "1"
        assert "recommend" in tf.saved_model.load(path).signatures


class TestWardrobe:
    def test_one_that_has_moved_is_named_by_data(
        self, runs, wardrobe, tmp_path
    ):
        run = tmp_path / "run"
        shutil.copytree(runs / "partial-dual", run)
        data = json.loads((run / "data.json").read_text())
        data["wardrobe"] = str(tmp_path / "moved")
        (run / "data.json").write_text(json.dumps(data))
        with pytest.raises(InputError, match="moved.*has moved.*--data"):
            export_run(run, tmp_path / "to")
        (run / "data.json").unlink()
        with pytest.raises(InputError, match="what wardrobe.*--data"):
            export_run(run, tmp_path / "to")
        assert not (tmp_path / "to").exists()
        path = export_run(run, tmp_path / "to", wardrobe=wardrobe.folder)
        assert path.name == "1"


class TestRefusals:
    @pytest.mark.parametrize(
        ("run", "options", "words"),
        [
            ("garment-encoder", "", "GarmentEncoderConfig"),
            ("psa-net", "--index fast", "invalid choice: 'fast'"),
            ("psa-net", "--max-pixels 0", "--max-pixels must be positive"),
            ("psa-net", "--max-rows 2000", "--max-rows must be at most 1,024"),
            ("psa-net", "--shortlist 0", "--shortlist must be positive"),
            ("psa-net", "--name ../up", "'../up' is no name of a model"),
            ("psa-net", "--name psa-net", "'psa-net' is no name of a model"),
            ("psa-net", "--candidates {runs}/stynet", "TwoTowerConfig"),
            (
                "psa-net",
                "--candidates {runs}/two-tower --index exact",
                "--index exact: where two-tower",
            ),
            ("psa-net", "--data nowhere", "nowhere: does not exist"),
            ("stynet", "--max-rows 3", "options of pair models"),
            ("nothing", "", "is not there: no config.json"),
        ],
    )
    def test_wrong_usage_exits_with_2_and_one_line(
        self, runs, tmp_path, capsys, run, options, words
    ):
        options = options.format(runs=runs)
        status = tfcompat_main(
            f"export {runs / run} --to {tmp_path / 'to'} {options}"
        )
        assert status == 2
        assert words in capsys.readouterr().err
        assert not (tmp_path / "to").exists()


class TestModelInMemory:
    def test_it_is_published_as_a_trainer_would_write_it(self, tmp_path):
        wardrobe = write_wardrobe(tmp_path / "wardrobe")
        encoder = make_encoder(wardrobe)
        items = read_items(wardrobe, encoder)
        model = make_model("csa", wardrobe, items)
        arguments = {"encoder": encoder, "metrics": {"auc": 0.7}, "seed": 3}
        path = export_model(model, wardrobe, tmp_path / "to", **arguments)
        assert path == tmp_path / "to" / "csa_net" / "1"
        card = json.loads((path / "assets.extra/model_card.json").read_text())
        assert card["metrics"] == {"auc": 0.7} and card["seed"] == 3
        # As a Trainer makes it, to write it into a folder of its own.
        servable = make_servable(model, wardrobe, **arguments)
        photos = [path.read_bytes() for path in wardrobe.image_paths]
        asked = {
            "customer_id": tf.constant(["anna"]),
            "query": tf.constant(photos[:1]),
            "group": tf.constant(["bottom"]),
            "k": tf.constant(3),
        }
        published = tf.saved_model.load(path).signatures["complete"](**asked)
        for key, value in servable.signatures["complete"](**asked).items():
            if value.dtype == tf.float32:
                np.testing.assert_allclose(published[key], value, atol=1e-6)
            else:
                np.testing.assert_array_equal(published[key], value)


@pytest.mark.slow
class TestFineTuned:
    def test_a_model_that_sees_pixels_is_served_in_float32(
        self, runs, wardrobe, tmp_path
    ):
        status = tfcompat_main(
            f"train psa-net --data {wardrobe.folder} --out {tmp_path / 'run'} "
            "--set backbone=fine_tuned --set epochs=1 --set batch_size=256 "
            f"--set encoder={runs / 'garment-encoder'} "
            f"--set stage_one={runs / 'partial-dual'} "
            "--set precision=mixed_bfloat16"
        )
        assert status == 0
        path = export_run(tmp_path / "run", tmp_path / "to")
        photos = [path.read_bytes() for path in wardrobe.image_paths[:4]]
        served = tf.saved_model.load(path).signatures["serving_default"]
        scores = served(
            customer_id=tf.constant(["nobody"] * 2),
            query=tf.constant(photos[:2]),
            candidate=tf.constant(photos[2:]),
        )["score"]
        expected = TrainedScorer(tmp_path / "run", wardrobe).score(
            Questions(np.full(2, -1), [0, 1], [[2], [3]], np.zeros((2, 1)))
        )
        np.testing.assert_allclose(scores, expected[:, 0], rtol=0, atol=1e-5)


# Loads a version as any program would, and then as the embedded server does;
# prints what the one says and how many items the other finds.
LOAD = """
import sys
import tfcompat
import numpy as np
import tensorflow as tf
from tfcompat.serving.loaded_model import LoadedModel
try:
    tf.saved_model.load(sys.argv[1])
except Exception as error:
    print(str(error).splitlines()[0])
photo = tf.io.encode_png(tf.fill([9, 9, 3], tf.constant(7, tf.uint8))).numpy()
inputs = {"customer_id": [b"anna"], "query": [photo], "group": [b"top"]}
inputs = {name: np.array(value, object) for name, value in inputs.items()}
inputs["k"] = np.array(9, np.int32)
model = LoadedModel.load("m", 1, sys.argv[1])
signature = model.signatures["complete"]
[ids] = model.run(
    {signature.inputs[name].name: value for name, value in inputs.items()},
    [signature.outputs["item_id"].name],
)
print(len(set(ids[0])))
"""


@pytest.mark.slow
class TestOpsFromOutside:
    @pytest.fixture(scope="class")
    def pair(self, tmp_path_factory):
        """A wardrobe of many items of few photos, encoder and model."""
        folder = tmp_path_factory.mktemp("many") / "wardrobe"
        wardrobe = write_wardrobe(folder)
        lines = (folder / "items.csv").read_text().splitlines()
        lines += [
            f"more{row},images/t{row % 4 + 1}.{'png' if row % 2 else 'jpg'},"
            "top,shirt"
            for row in range(1200)
        ]
        (folder / "items.csv").write_text("\n".join(lines) + "\n")
        wardrobe = Wardrobe.load(folder)
        encoder = make_encoder(wardrobe)
        model = make_model("psa", wardrobe, read_items(wardrobe, encoder))
        return model, wardrobe, encoder

    @pytest.mark.parametrize(
        ("options", "namespace", "module"),
        [
            ({"index": "scann"}, "Scann>", "scann"),
            ({"webp": True}, "IO>", "tensorflow_io"),
        ],
    )
    def test_only_a_server_that_imports_them_can_load_such_a_version(
        self, pair, tmp_path, monkeypatch, options, namespace, module
    ):
        pytest.importorskip(module)
        monkeypatch.setattr(catalogue_index, "_SMALLEST_FOR_SCANN", 1000)
        model, wardrobe, encoder = pair
        path = export_model(
            model, wardrobe, tmp_path, encoder=encoder, **options
        )
        outside = {op.partition(">")[0] + ">" for op in read_ops(path)}
        assert namespace in outside
        done = subprocess.run(
            [sys.executable, "-c", LOAD, path], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        alone, found = done.stdout.splitlines()[-2:]
        assert "Op type not registered" in alone
        assert found == "9"
