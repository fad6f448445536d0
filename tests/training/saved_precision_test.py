"""What is trained in mixed precision is loaded in float32."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfcompat.training.saved_precision import save_in_float32


@pytest.fixture
def mixed():
    return keras.Sequential(
        [
            keras.layers.Dense(3, dtype="mixed_bfloat16"),
            keras.layers.Dense(2, dtype="float32"),
        ]
    )


def test_loaded_layers_compute_in_float32(mixed, tmp_path):
    given = tf.constant(np.random.default_rng(0).normal(size=(4, 5)), "float32")
    mixed(given)
    assert mixed.layers[0].compute_dtype == "bfloat16"
    save_in_float32(mixed, tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    assert [layer.compute_dtype for layer in loaded.layers] == ["float32"] * 2
    first, second = (layer.get_weights() for layer in mixed.layers)
    expected = (given @ first[0] + first[1]) @ second[0] + second[1]
    np.testing.assert_allclose(loaded(given), expected, rtol=1e-5, atol=1e-6)


def test_nothing_else_is_left_in_the_folder(mixed, tmp_path):
    mixed(tf.zeros([1, 5]))
    save_in_float32(mixed, tmp_path / "model.keras")
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]
