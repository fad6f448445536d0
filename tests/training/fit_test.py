import dataclasses

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.training.fit import fit
from tfcompat.training.run_folder import RunFolder


@dataclasses.dataclass(frozen=True)
class Settings:
    seed: int = 0


def make_model(rate=0.1):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Dense(1)])
    model(tf.zeros((1, 2)))
    model.compile(keras.optimizers.Adam(rate), loss="mse")
    return model


def make_train(first_epoch):
    """Two batches an epoch; batches differ from epoch to epoch."""

    def batch(step):
        x = tf.random.stateless_normal((4, 2), tf.stack([step, 7]))
        return x, tf.reduce_sum(x, axis=1, keepdims=True)

    return tf.data.Dataset.range(2 * first_epoch, 1000).map(batch)


class TestFit:
    def test_stopped_and_resumed_equals_uninterrupted(self, tmp_path):
        whole = make_model()
        run = RunFolder.start(tmp_path / "whole", Settings())
        fit(whole, make_train, run, epochs=5, steps=2)

        run = RunFolder.start(tmp_path / "parts", Settings())
        fit(make_model(), make_train, run, epochs=3, steps=2)
        resumed = make_model()
        fit(resumed, make_train, run, epochs=5, steps=2)
        for first, second in zip(whole.weights, resumed.weights, strict=True):
            np.testing.assert_array_equal(first, second)
        epochs = [row["epoch"] for row in run.read_history()]
        assert epochs == [1, 2, 3, 4, 5]

    def test_a_finished_run_is_not_trained_further(self, tmp_path):
        run = RunFolder.start(tmp_path, Settings())
        model = make_model()
        fit(model, make_train, run, epochs=2, steps=2)
        before = model.get_weights()
        fit(model, make_train, run, epochs=2, steps=2)
        np.testing.assert_array_equal(before[0], model.get_weights()[0])

    def test_new_run_starts_from_prepared_weights(self, tmp_path):
        calls = []

        def prepare(model, run):
            calls.append(run.path)
            for weight in model.trainable_variables:
                weight.assign(weight * 0 + 7)

        model = make_model(rate=0.0)
        run = RunFolder.start(tmp_path, Settings())
        run.prepare = prepare
        fit(model, make_train, run, epochs=1, steps=2)
        assert calls == [tmp_path]
        np.testing.assert_array_equal(model.get_weights()[0], [[7.0], [7.0]])

        resumed = make_model(rate=0.0)
        fit(resumed, make_train, run, epochs=2, steps=2)
        assert len(calls) == 1  # The checkpoint has them.
        np.testing.assert_array_equal(resumed.get_weights()[0], [[7.0], [7.0]])

    def test_diverging_stops_and_keeps_the_last_good_epoch(self, tmp_path):
        run = RunFolder.start(tmp_path, Settings())
        fit(make_model(), make_train, run, epochs=1, steps=2)

        def broken(first_epoch):
            return make_train(first_epoch).map(
                lambda x, y: (x, y * float("nan"))
            )

        with pytest.raises(InputError, match="not finite in epoch 2; lower"):
            fit(make_model(), broken, run, epochs=3, steps=2)
        assert len(run.read_history()) == 1
        checkpoint = tf.train.load_checkpoint(str(run.checkpoints))
        assert checkpoint.get_tensor("epoch/.ATTRIBUTES/VARIABLE_VALUE") == 1

    def test_full_disk_is_said_in_one_line(self, tmp_path, monkeypatch):
        run = RunFolder.start(tmp_path, Settings())

        def full(self, *args, **kwargs):
            raise tf.errors.ResourceExhaustedError(
                None, None, "No space left on device"
            )

        monkeypatch.setattr(tf.train.CheckpointManager, "save", full)
        with pytest.raises(InputError, match="checkpoints: cannot be written"):
            fit(make_model(), make_train, run, epochs=1, steps=2)
