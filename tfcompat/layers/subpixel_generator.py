"""Draws an image from a code by convolutions that deal out pixels."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.prototype_encoder import count_halvings
from tfcompat.layers.weight_normalized import (
    WeightNormalizedConvolution,
    WeightNormalizedDense,
)

_START = 4  # Side of the first feature map, in pixels.


@keras.saving.register_keras_serializable(package="tfcompat")
class SubpixelGenerator(keras.layers.Layer):
    """Doubles a 4x4 map up to an image by sub-pixel convolutions.

    A 3x3 convolution makes four times the channels, which are then dealt out
    as the four pixels that take the place of one.

    Args:
        image_size: Height and width of the image: 4 times a power of 2.
        width: Channels of the first map; those of the others halve from
            `width * image_size / 8` down to `2 * width`.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        codes: float `[n, d]`.

    Returns:
        float32 `[n, image_size, image_size, 3]` in [-1, 1].

    Raises:
        ValueError: If `image_size` is no such number or `width` not positive.

    Reference:
        Shi et al. 2016, https://arxiv.org/abs/1609.05158, as in the generator
        of Shih et al. 2018, https://arxiv.org/abs/1712.01262, and their code.
    """

    def __init__(self, image_size=64, width=64, **kwargs):
        super().__init__(**kwargs)
        if width < 1:
            raise ValueError(f"`width` must be positive, got {width}.")
        self.image_size = image_size
        self.width = width
        self.start = WeightNormalizedDense(
            width * _START * _START, name="start"
        )
        doublings = count_halvings(image_size)
        self.convolutions = [
            WeightNormalizedConvolution(4 * channels, name=f"convolution_{i}")
            for i, channels in enumerate(
                [*(width * 2**i for i in range(doublings - 1, 0, -1)), 3]
            )
        ]
        self.tanh = keras.layers.Activation("tanh", dtype="float32")

    def build(self, codes_shape):
        self.start.build((None, tuple(codes_shape)[-1]))
        side, channels = _START, self.width
        for convolution in self.convolutions:
            convolution.build((None, side, side, channels))
            side, channels = 2 * side, convolution.filters // 4
        super().build(codes_shape)

    def call(self, codes):
        x = tf.nn.relu(self.start(codes))
        x = tf.reshape(x, (-1, _START, _START, self.width))
        for convolution in self.convolutions[:-1]:
            x = tf.nn.relu(tf.nn.depth_to_space(convolution(x), 2))
        return self.tanh(tf.nn.depth_to_space(self.convolutions[-1](x), 2))

    def compute_output_shape(self, codes_shape):
        return (tuple(codes_shape)[0], self.image_size, self.image_size, 3)

    def get_config(self):
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "width": self.width,
        }
