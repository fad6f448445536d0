"""Two replicas learn what one device learns; speed is no matter on a CPU."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest


@pytest.fixture(scope="module")
def histories(wardrobe_folder, runs, tmp_path_factory):
    """Dict from run config to devices to list of epochs."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.training.mirrored_training",
            str(wardrobe_folder),
            str(runs),
            str(tmp_path_factory.mktemp("mirrored")),
        ],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def column(epochs, name):
    return [row[name] for row in epochs]


@pytest.mark.slow
class TestMirroredStrategy:
    @pytest.mark.parametrize("name", ["psa-net", "psa-net-triplet"])
    def test_pair_models_learn_the_same(self, histories, name):
        one, two = histories[name]["one"], histories[name]["two"]
        for key in ("loss", "valid_roc_auc"):
            np.testing.assert_allclose(
                column(two, key), column(one, key), rtol=0.01
            )

    @pytest.mark.parametrize("name", ["garment-encoder", "joint"])
    def test_models_that_draw_numbers_learn_as_well(self, histories, name):
        # Augmented images and sampled customers differ from draw to draw.
        one, two = histories[name]["one"], histories[name]["two"]
        assert two[-1]["loss"] < two[0]["loss"]
        np.testing.assert_allclose(
            column(two, "loss"), column(one, "loss"), rtol=0.1
        )

    def test_stage_one_learns_the_same(self, histories):
        one, two = histories["stynet"]["one"], histories["stynet"]["two"]
        np.testing.assert_allclose(
            column(two, "rmse"), column(one, "rmse"), rtol=0.02
        )

    def test_stopped_and_resumed_equals_uninterrupted(self, histories):
        whole, stopped = (
            histories["psa-net"][name] for name in ("two", "stopped")
        )
        for key in ("epoch", "loss", "valid_roc_auc"):
            np.testing.assert_allclose(
                column(stopped, key), column(whole, key), rtol=1e-4
            )
