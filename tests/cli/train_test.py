import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import tf_keras as keras

from tests.command import tfcompat_main
from tfcompat.training.execution import execute
from tfcompat.training.garment_encoder import load_garment_encoder
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.subspace_net import SubspaceConfig


class TestRunFolder:
    @pytest.mark.parametrize(
        "name",
        ["garment-encoder", "stynet", "two-tower", "psa-net", "joint"],
    )
    def test_holds_all_of_a_run(self, runs, name):
        run = RunFolder(runs / name)
        assert run.is_finished
        assert len(run.read_history()) == 2
        assert list(run.checkpoints.glob("*.index"))
        assert list(run.tensorboard.rglob("events*"))
        assert list(run.model.glob("*.keras"))
        assert not list(run.path.rglob("*.partial*"))

    def test_stage_one_is_measured_on_its_test_votes(self, runs):
        for name in ("partial-dual", "stynet", "two-tower"):
            metrics = RunFolder(runs / name).read_json("metrics.json")
            assert 0 <= metrics["test"]["customer"]["roc_auc"] <= 1
        retrieval = metrics["retrieval"]
        assert 0 <= retrieval["recall_at_10"] <= retrieval["recall_at_30"] <= 1

    def test_validation_is_in_the_history(self, runs):
        for name in ("psa-net", "joint"):
            for row in RunFolder(runs / name).read_history():
                assert 0 < row["valid_customer_roc_auc"] < 1


class TestOneCommand:
    def test_trains_the_stages_it_builds_on(
        self, wardrobe_folder, tmp_path, capsys
    ):
        small = "--set epochs=1 --set batch_size=64 --set backbone=small_cnn"
        status = tfcompat_main(
            f"train psa-net --data {wardrobe_folder} --out {tmp_path / 'run'} "
            f"{small}"
        )
        assert status == 0
        assert json.loads(capsys.readouterr().out)["training_seconds"] > 0
        assert RunFolder(tmp_path / "run" / "partial_dual").is_finished

    @pytest.mark.parametrize(
        "settings",
        [
            "votes=stylists attention=category_pair",
            "loss=triplet",
            "subspaces=dense",
            "customers=learned",
            "item_terms=true num_subspaces=4 loss=logistic",
            "backbone=fine_tuned epochs=1 precision=mixed_bfloat16",
        ],
    )
    def test_trains_every_kind_of_part(
        self, runs, wardrobe_folder, tmp_path, settings
    ):
        changes = " ".join(f"--set {text}" for text in settings.split())
        status = tfcompat_main(
            f"train psa-net --data {wardrobe_folder} --out {tmp_path / 'run'} "
            f"--set epochs=2 --set batch_size=64 {changes} "
            f"--set encoder={runs}/garment-encoder "
            + (
                ""
                if "learned" in settings
                else f"--set stage_one={runs}/partial-dual"
            )
        )
        assert status == 0
        status = tfcompat_main(
            f"evaluate {tmp_path / 'run'} --data {wardrobe_folder} --json"
        )
        assert status == 0

    def test_fine_tuning_leaves_the_encoder_as_it_was(
        self, runs, wardrobe, tmp_path
    ):
        encoder = runs / "garment-encoder"
        before = load_garment_encoder(encoder).get_weights()
        execute(
            SubspaceConfig(
                backbone="fine_tuned",
                epochs=1,
                batch_size=128,
                encoder=str(encoder),
                stage_one=str(runs / "partial-dual"),
            ),
            wardrobe,
            tmp_path / "run",
        )
        after = load_garment_encoder(encoder).get_weights()
        for old, new in zip(before, after, strict=True):
            np.testing.assert_array_equal(old, new)


class TestResume:
    def test_killed_run_ends_like_one_that_was_not(
        self, runs, wardrobe_folder, tmp_path
    ):
        def command(folder):
            return (
                f"train psa-net --data {wardrobe_folder} --out {folder} "
                "--set epochs=30 --set batch_size=16 "
                f"--set encoder={runs}/garment-encoder "
                f"--set stage_one={runs}/partial-dual"
            )

        killed = RunFolder(tmp_path / "killed")
        process = subprocess.Popen(
            [sys.executable, "-m", "tfcompat", *command(killed.path).split()],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        limit = time.monotonic() + 240
        while len(killed.read_history()) < 3:
            assert process.poll() is None, "ended before it could be killed"
            assert time.monotonic() < limit
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert not killed.is_finished
        done = len(killed.read_history())
        assert 3 <= done < 30

        # Without --resume nothing of it is touched.
        assert tfcompat_main(command(killed.path)) == 2
        assert len(killed.read_history()) == done

        assert tfcompat_main(command(killed.path) + " --resume") == 0
        assert tfcompat_main(command(tmp_path / "whole")) == 0
        history = killed.read_history()
        assert [row["epoch"] for row in history] == list(range(1, 31))
        models = [
            keras.saving.load_model(folder / "model" / "model.keras")
            for folder in (killed.path, tmp_path / "whole")
        ]
        for first, second in zip(
            models[0].weights, models[1].weights, strict=True
        ):
            np.testing.assert_allclose(
                first, second, rtol=2e-3, atol=2e-4, err_msg=first.name
            )

    def test_ctrl_c_ends_with_130_and_keeps_what_is_done(
        self, runs, wardrobe_folder, tmp_path
    ):
        run = RunFolder(tmp_path / "run")
        process = subprocess.Popen(
            [sys.executable, "-m", "tfcompat", "train", "psa-net"]
            + f"--data {wardrobe_folder} --out {run.path}".split()
            + "--set epochs=1000 --set batch_size=64".split()
            + ["--set", f"encoder={runs}/garment-encoder"]
            + ["--set", f"stage_one={runs}/partial-dual"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            # Where tests run in a shell's background, SIGINT is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        limit = time.monotonic() + 240
        while len(run.read_history()) < 2:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < limit
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=600)
        assert process.returncode == 130
        assert error.splitlines()[-1] == "tfcompat train: interrupted"
        assert "Traceback" not in error
        assert len(run.read_history()) >= 2
        assert not list(run.path.rglob("*.partial*"))

    def test_finished_run_is_left_alone(self, runs, wardrobe_folder, capsys):
        before = (runs / "partial-dual" / "metrics.json").stat().st_mtime_ns
        status = tfcompat_main(
            f"train partial-dual --data {wardrobe_folder} "
            f"--out {runs / 'partial-dual'} --set rank=3 --resume"
        )
        assert status == 0
        after = (runs / "partial-dual" / "metrics.json").stat().st_mtime_ns
        assert after == before


class TestBadInput:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ("train nothing --out {out}", "neither a Python file nor one of"),
            (
                "train psa-net --out {out} --set stage_one={out}/no",
                "no: is not there",
            ),
            (
                "train psa-net --out {out} --set customers=stynet "
                "--set stage_one={runs}/partial-dual",
                "is a run of PartialDualConfig, but stynet needs one of",
            ),
            ("train psa-net --out {runs}/psa-net", "holds a run already"),
            ("train psa-net --out {out} --set loss=none", "loss must be one"),
        ],
    )
    def test_one_line_says_what_is_wrong(
        self, runs, wardrobe_folder, tmp_path, capsys, arguments, message
    ):
        line = arguments.format(out=tmp_path / "run", runs=runs)
        status = tfcompat_main(
            f"{line} --data {wardrobe_folder} "
            f"--set encoder={runs}/garment-encoder"
        )
        assert status == 2
        error = capsys.readouterr().err.strip().splitlines()[-1]
        assert error.startswith("tfcompat train: ")
        assert message in error

    def test_missing_wardrobe(self, tmp_path, capsys):
        status = tfcompat_main(
            f"train psa-net --data {tmp_path / 'no'} --out {tmp_path / 'run'}"
        )
        assert status == 2
        assert "does not exist" in capsys.readouterr().err

    def test_wardrobe_without_pair_votes(
        self, runs, wardrobe_folder, tmp_path, capsys
    ):
        poor = tmp_path / "poor"
        shutil.copytree(wardrobe_folder, poor)
        (poor / "pair_votes.csv").unlink()
        status = tfcompat_main(
            f"train psa-net --data {poor} --out {tmp_path / 'run'}"
        )
        assert status == 2
        error = capsys.readouterr().err
        assert "pair_votes.csv has no votes in train" in error
