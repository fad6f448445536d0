"""The gradient by a product is that of TensorFlow's own convolution."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfcompat.layers import filter_gradient_conv
from tfcompat.layers.filter_gradient_conv import (
    FilterGradientConv2D,
    with_filter_gradients,
)


def both(monkeypatch, size, channels, **options):
    """Ours and Keras's layer of the same kernel in bfloat16, and images."""
    monkeypatch.setattr(filter_gradient_conv, "_FEWEST_FILTERS", 1)
    options = {"padding": "same", "dtype": "mixed_bfloat16"} | options
    ours = FilterGradientConv2D(5, **options)
    theirs = keras.layers.Conv2D(5, **options)
    random = np.random.default_rng(0)
    images = tf.constant(random.normal(size=(2, *size, channels)), tf.bfloat16)
    ours.build(images.shape)
    theirs.build(images.shape)
    theirs.set_weights(ours.get_weights())
    return ours, theirs, images


def gradients(layer, images):
    with tf.GradientTape() as tape:
        tape.watch(images)
        result = tf.cast(layer(images), tf.float32)
        weights = tf.sin(tf.range(tf.size(result), dtype=tf.float32))
        loss = tf.reduce_sum(result * tf.reshape(weights, tf.shape(result)))
    return result, tape.gradient(loss, [images, *layer.trainable_variables])


def assert_alike(ours, theirs, images):
    result, found = gradients(ours, images)
    expected_result, expected = gradients(theirs, images)
    np.testing.assert_array_equal(result, expected_result)
    for one, other in zip(found, expected, strict=True):
        one, other = (tf.cast(x, tf.float32).numpy() for x in (one, other))
        # A bfloat16 holds 8 bits.
        np.testing.assert_allclose(one, other, rtol=0.02, atol=0.05)


class TestFilterGradientConv2D:
    @pytest.mark.parametrize("kernel_size", [1, 2, 3, (3, 7)])
    @pytest.mark.parametrize("strides", [1, 2, (2, 1)])
    @pytest.mark.parametrize("size", [(4, 4), (5, 8)])
    def test_learns_as_keras_does(
        self, monkeypatch, kernel_size, strides, size
    ):
        ours, theirs, images = both(
            monkeypatch, size, 3, kernel_size=kernel_size, strides=strides
        )
        assert_alike(ours, theirs, images)

    @pytest.mark.parametrize("strides", [1, 2])
    def test_a_kernel_of_one_pixel_needs_no_padding(self, monkeypatch, strides):
        ours, theirs, images = both(
            monkeypatch,
            (5, 8),
            3,
            kernel_size=1,
            strides=strides,
            padding="valid",
        )
        assert_alike(ours, theirs, images)

    def test_gradient_by_hand(self, monkeypatch):
        # Two pixels 1, 2 in a row under a kernel (a, b, c) give 1b + 2c and
        # 1a + 2b; with dL/dresult = (1, 10): da = 10 * 1, db = 1 + 20, dc = 2.
        ours, _, _ = both(monkeypatch, (1, 2), 1, kernel_size=(1, 3))
        with tf.GradientTape() as tape:
            result = ours(tf.constant([[[[1.0], [2.0]]]], tf.bfloat16))
            loss = tf.reduce_sum(
                tf.cast(result, tf.float32) * tf.constant([[[[1.0], [10.0]]]])
            )
        kernel, _ = tape.gradient(loss, ours.trainable_variables)
        np.testing.assert_array_equal(
            kernel[0, :, 0], np.repeat([[10.0], [21.0], [2.0]], 5, axis=1)
        )

    @pytest.mark.parametrize(
        "options",
        [
            {"dtype": "float32"},
            {"padding": "valid"},
            {"dilation_rate": 2},
        ],
        ids="float32 valid dilated".split(),
    )
    def test_elsewhere_it_is_conv2d(self, monkeypatch, options):
        monkeypatch.setattr(filter_gradient_conv, "_convolve", None)
        ours, theirs, images = both(
            monkeypatch, (6, 6), 3, kernel_size=3, **options
        )
        np.testing.assert_array_equal(ours(images), theirs(images))

    def test_sizes_known_only_at_run_time_are_keras_s(self, monkeypatch):
        ours, theirs, images = both(monkeypatch, (6, 6), 3, kernel_size=3)
        monkeypatch.setattr(filter_gradient_conv, "_convolve", None)
        free = tf.TensorSpec([None, None, None, 3], tf.bfloat16)
        call = tf.function(lambda x: ours(x), input_signature=[free])
        np.testing.assert_array_equal(call(images), theirs(images))


class TestWithFilterGradients:
    def test_replaces_convolutions_and_nothing_else(self):
        images = keras.Input((8, 8, 3))
        inner = keras.layers.Conv2D(4, 3, padding="same", name="a")(images)
        outer = keras.layers.DepthwiseConv2D(3, name="b")(inner)
        network = keras.Model(images, outer)
        copy = with_filter_gradients(network)
        kinds = [type(layer) for layer in copy.layers[1:]]
        assert kinds == [FilterGradientConv2D, keras.layers.DepthwiseConv2D]
        assert [layer.name for layer in copy.layers[1:]] == ["a", "b"]
        copy.set_weights(network.get_weights())
        given = np.random.default_rng(0).random((1, 8, 8, 3), "float32")
        np.testing.assert_array_equal(copy(given), network(given))
