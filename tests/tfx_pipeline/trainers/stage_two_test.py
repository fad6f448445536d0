import dataclasses
import json
import pathlib
import time

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tests.tfx_pipeline.trainers.train_stage import start, train
from tfcompat.training.run_folder import RunFolder


def read_weights(run):
    path = pathlib.Path(run) / "model" / "model.keras"
    return keras.saving.load_model(path, compile=False).get_weights()


class TestRun:
    def test_it_builds_on_the_stages_it_is_given(self, stages):
        run = RunFolder(stages.stage_two.model_run_dir)
        config = run.read_config()
        assert config["encoder"] == stages.encoder.model_run_dir
        assert config["stage_one"] == stages.stage_one.model_run_dir
        assert not (run.path / "encoder").exists()
        assert not (run.path / "partial_dual").exists()

    def test_checkpoints_and_logs_are_kept(self, stages):
        run = RunFolder(stages.stage_two.model_run_dir)
        assert [row["epoch"] for row in run.read_history()] == [1, 2, 3]
        assert tf.train.latest_checkpoint(str(run.checkpoints))
        assert any(run.tensorboard.rglob("events*"))

    def test_what_is_served_has_its_signatures_and_index(self, stages, shop):
        args = stages.stage_two
        model = tf.saved_model.load(args.serving_model_dir)
        assert set(model.signatures) == {
            "serving_default",
            "complete",
            "examples",
        }
        photo = shop.image_paths[0].read_bytes()
        found = model.signatures["complete"](
            customer_id=tf.constant([shop.customers["customer_id"][0]]),
            query=tf.constant([photo]),
            group=tf.constant(["bottom"]),
            k=tf.constant(5),
        )
        assert found["item_id"].shape == (1, 5)
        card = pathlib.Path(args.serving_model_dir, "assets.extra")
        card = json.loads((card / "model_card.json").read_text())
        assert card["name"] == "psa_net"
        history = RunFolder(args.model_run_dir).read_history()
        assert card["metrics"]["loss"] == history[-1]["loss"]

    def test_best_settings_take_the_place_of_the_configs(self, stages):
        args = stages.psa_net(
            epochs=1, hyperparameters={"margin": 1.5, "num_subspaces": 2}
        )
        config = train(args).read_config()
        assert (config["margin"], config["num_subspaces"]) == (1.5, 2)
        shapes = {w.shape for w in read_weights(args.model_run_dir)}
        assert (2, 64) in shapes  # A mask of the embedding for each subspace.


class TestResume:
    def test_killed_run_ends_like_one_that_was_not(
        self, stages, tmp_path, caplog
    ):
        args = stages.psa_net(epochs=12)
        checkpoint = pathlib.Path(args.work) / "run/checkpoints/checkpoint"
        process = start(args)
        while not checkpoint.exists():
            assert process.poll() is None, process.stdout.read()
            time.sleep(0.02)
        process.kill()
        process.communicate()
        assert not pathlib.Path(args.model_run_dir).exists()
        # TFX gives another attempt folders of its own, but for the work.
        again = dataclasses.replace(args, model_run_dir=str(tmp_path / "run"))
        with caplog.at_level("INFO", logger="tfcompat"):
            run = train(again)
        assert "going on after epoch" in caplog.text
        epochs = [row["epoch"] for row in run.read_history()]
        assert epochs == list(range(1, 13))
        whole = stages.psa_net(epochs=12)
        train(whole)
        for resumed, expected in zip(
            read_weights(again.model_run_dir),
            read_weights(whole.model_run_dir),
            strict=True,
        ):
            np.testing.assert_allclose(resumed, expected, rtol=1e-4, atol=1e-5)

    def test_finished_run_is_not_trained_again(self, stages, tmp_path):
        args = stages.stage_two
        history = pathlib.Path(args.work) / "run" / "history.csv"
        before = history.stat().st_mtime_ns
        again = dataclasses.replace(args, model_run_dir=str(tmp_path / "run"))
        train(again).require_finished()
        assert history.stat().st_mtime_ns == before
