"""The whole pipeline through TFX's own commands, at a tiny size."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from tfcompat.serving.client import Client
from tfcompat.serving.embedded_server import EmbeddedServer
from tfx_pipeline import last_run, local_runner

ROOT = pathlib.Path(__file__).parents[2]
RUNNER = "tfx_pipeline/local_runner.py"


class Shop:
    """A wardrobe, a pipeline and a folder of served models of its own."""

    def __init__(self, folder, wardrobe):
        self.wardrobe = folder / "wardrobe"
        shutil.copytree(wardrobe, self.wardrobe)
        self.saved_models = folder / "saved_models"
        settings = {
            "WARDROBE": self.wardrobe,
            "PIPELINE_ROOT": folder / "pipeline",
            "METADATA_PATH": folder / "pipeline" / "metadata.sqlite",
            "SERVING_DIR": self.saved_models,
            "ENCODER_SETTINGS": "epochs=2 image_size=32",
            "STAGE_ONE_SETTINGS": "rank=3",
            "STAGE_TWO_SETTINGS": "epochs=2 batch_size=64",
            "BAR_CUSTOMER_ROC_AUC": "0.3",
        }
        self.environment = {
            **os.environ,
            **{f"TFCOMPAT_PIPELINE_{k}": str(v) for k, v in settings.items()},
            "LOCAL_HOME": str(folder / "tfx"),
            "TF_USE_LEGACY_KERAS": "1",
            "PYTHONWARNINGS": "ignore",
        }

    def run(self, *words, **changes):
        return subprocess.run(
            [str(pathlib.Path(sys.executable).with_name(words[0])), *words[1:]],
            cwd=ROOT,
            env={**self.environment, **changes},
            capture_output=True,
            text=True,
        )

    @property
    def versions(self):
        return sorted(path.name for path in self.saved_models.glob("psa_net/*"))


@pytest.fixture(scope="module")
def shop(wardrobe_folder, tmp_path_factory):
    return Shop(tmp_path_factory.mktemp("shop"), wardrobe_folder)


@pytest.fixture(scope="module")
def first(shop):
    """What the first run printed on stderr."""
    created = shop.run(
        "tfx",
        "pipeline",
        "create",
        "--engine=local",
        f"--pipeline_path={RUNNER}",
    )
    assert created.returncode == 0, created.stderr
    done = shop.run(
        "tfx", "run", "create", "--engine=local", "--pipeline_name=tfcompat"
    )
    assert done.returncode == 0, done.stderr
    return done.stderr + done.stdout


def _lines(printed):
    """Dict from component to what its line says."""
    return dict(
        re.findall(r"^(\w+) +(\d+\.\d s.*|\(cached\).*)$", printed, re.M)
    )


class TestTfxRunCreate:
    def test_a_line_for_each_component(self, first):
        lines = _lines(first)
        for component in ("ExampleGen_items", "Trainer_stage_two", "Pusher"):
            assert re.match(r"\d+\.\d s", lines[component]), first

    def test_what_it_left_can_be_found(self, first, shop, monkeypatch, capsys):
        for name, value in shop.environment.items():
            monkeypatch.setenv(name, value)
        assert last_run.main() == 0
        left = {
            tuple(line.split("\t")[:2]): pathlib.Path(line.split("\t")[2])
            for line in capsys.readouterr().out.splitlines()
        }
        assert left["Pusher", "pushed_model"] == shop.saved_models / "psa_net/1"
        run = left["Trainer_stage_two", "model_run"]
        assert (run / "metrics.json").exists()
        assert (left["Evaluator", "evaluation"] / "evaluation.html").exists()

    def test_the_model_is_served_with_its_index(self, first, shop, wardrobe):
        assert shop.versions == ["1"]
        top = (wardrobe.items["group"] == "top").idxmax()
        with (
            EmbeddedServer(shop.saved_models, port=0, rest_port=None) as server,
            Client(f"127.0.0.1:{server.port}", timeout=60) as client,
        ):
            [answer] = client.complete(
                wardrobe.customers["customer_id"].iloc[0],
                wardrobe.image_paths[top],
                "bottom",
                k=3,
            )
        assert answer.known_customer
        assert all(name.startswith("bottom") for name in answer.item_ids)
        assert len(answer.item_ids) == 3


class TestSecondRun:
    def test_all_of_it_is_from_the_cache(self, first, shop, monkeypatch, capfd):
        for name, value in shop.environment.items():
            monkeypatch.setenv(name, value)
        assert local_runner.main() == 0
        lines = _lines(capfd.readouterr().err)
        assert lines.keys() == _lines(first).keys()
        assert set(lines.values()) == {"(cached)"}, lines
        assert shop.versions == ["1"]
