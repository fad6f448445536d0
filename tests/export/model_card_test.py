import json
import shlex

import pytest

from tests.export.doubler import Doubler
from tfcompat.export.model_card import describe_run, describe_servable
from tfcompat.export.saved_model import write_saved_model
from tfcompat.training.run_folder import RunFolder
from tfcompat.version import __version__


def describe(servable):
    return describe_servable(
        servable,
        {
            name: function.get_concrete_function()
            for name, function in servable.signatures.items()
        },
    )


@pytest.fixture(scope="module")
def extra(tmp_path_factory):
    folder = tmp_path_factory.mktemp("card") / "1"
    write_saved_model(Doubler(), folder)
    return folder / "assets.extra"


class TestDescribeServable:
    def test_signatures_with_types(self):
        assert describe(Doubler())["signatures"] == {
            "serving_default": {
                "inputs": {"number": "float32 [b]", "unit": "string [b]"},
                "outputs": {"double": "float32 [b]", "unit": "string [b]"},
            }
        }

    def test_the_query_is_one_that_a_shell_can_send(self):
        command, address, option, body = shlex.split(
            describe(Doubler())["query"]
        )
        assert (command, option) == ("curl", "-d")
        assert address.endswith(":8501/v1/models/doubler:predict")
        assert json.loads(body) == {
            "signature_name": "serving_default",
            "instances": [{"number": 1.0, "unit": "m"}],
        }

    def test_files_are_not_spelt_out_in_the_query(self):
        servable = Doubler()
        servable.examples = lambda: {
            "serving_default": [{"number": [1.0], "unit": [b"\xff\xd8\x00"]}]
        }
        assert '{"b64": "the file' in describe(servable)["query"]


class TestWrittenCard:
    def test_json_holds_all(self, extra):
        card = json.loads((extra / "model_card.json").read_text())
        assert card["name"] == "doubler"
        assert card["seed"] == 7
        assert card["limits"] == ["Halving."]
        assert card["tfcompat_version"] == __version__
        assert card["date"].endswith("+00:00")

    def test_nan_becomes_null(self, extra):
        card = json.loads((extra / "model_card.json").read_text())
        assert card["metrics"] == {"test": {"roc_auc": 0.75, "auprc": None}}

    def test_text_says_what_it_is_and_is_not_for(self, extra):
        text = (extra / "model_card.md").read_text()
        for line in (
            "# Doubler",
            "Doubles a number.",
            "- Halving.",
            "| test.roc_auc | 0.75 |",
            "| counts.items | 2 |",
        ):
            assert f"{line}\n" in text


class TestDescribeRun:
    def test_data_metrics_and_seed(self, runs, wardrobe):
        run = RunFolder(runs / "stynet")
        card = describe_run(run, wardrobe)
        assert card["seed"] == 0
        assert card["data"]["counts"]["items"] == 40
        assert card["data"]["licence"] == wardrobe.manifest["licence"]
        assert card["data"]["splits"]["hash"] == wardrobe.splits_hash
        metrics = card["metrics"]
        assert metrics["last_epoch"] == run.read_history()[-1]
        assert metrics["test"] == run.read_json("metrics.json")["test"]
