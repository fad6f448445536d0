"""Tells real from designed, and says what an image would be encoded as."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.prototype_encoder import count_halvings
from tfcompat.layers.weight_normalized import (
    WeightNormalizedConvolution,
    WeightNormalizedDense,
)

_BLOCKS = 2  # Residual blocks a scale.


@keras.saving.register_keras_serializable(package="tfcompat")
class ResidualDiscriminator(keras.layers.Layer):
    """Residual blocks and strided convolutions under two heads.

    Weight norm alone: without batch norm each image is judged by itself,
    which a gradient penalty needs.

    Args:
        dim: Size of the second head's latent vector.
        width: Filters at half the image's size; they double at each scale.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        images: float `[n, s, s, 3]` in [-1, 1], s a power of 2 times 4.

    Returns:
        Tuple of float32 `[n]` logits, higher is more real, and float32
        `[n, dim]` latent vectors Q.

    Raises:
        ValueError: If an argument is not positive.

    Reference:
        Shih et al. 2018, https://arxiv.org/abs/1712.01262, and their code's
        discriminator for product images.
    """

    def __init__(self, dim=64, width=32, **kwargs):
        super().__init__(**kwargs)
        for name, value in (("dim", dim), ("width", width)):
            if value < 1:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.dim = dim
        self.width = width
        self.score = WeightNormalizedDense(1, dtype="float32", name="score")
        self.latent = WeightNormalizedDense(dim, dtype="float32", name="latent")

    def build(self, images_shape):
        shape = tuple(images_shape)
        scales = count_halvings(shape[1])

        def make(filters, name, kernel_size=3, strides=1):
            nonlocal shape
            layer = WeightNormalizedConvolution(
                filters, kernel_size, strides, name=name
            )
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
            return layer

        self.enter = make(self.width, "enter", 4, 2)
        self.residuals, self.halvings = [], []
        for i in range(scales):
            filters = self.width * 2**i
            # One flat list: Keras saves no layer of a list within a list.
            self.residuals += [
                make(filters, f"residual_{i}_{j}") for j in range(2 * _BLOCKS)
            ]
            self.halvings.append(make(2 * filters, f"halving_{i}", 4, 2))
        size = shape[1] * shape[2] * shape[3]
        self.score.build((None, size))
        self.latent.build((None, size))
        super().build(images_shape)

    def call(self, images):
        x = _leaky(self.enter(images))
        residuals = iter(self.residuals)
        for halving in self.halvings:
            for _ in range(_BLOCKS):
                first, second = next(residuals), next(residuals)
                x = _leaky(x + second(_leaky(first(x))))
            x = _leaky(halving(x))
        x = tf.cast(tf.reshape(x, (tf.shape(x)[0], -1)), tf.float32)
        return self.score(x)[:, 0], self.latent(x)

    def get_config(self):
        return {**super().get_config(), "dim": self.dim, "width": self.width}


def _leaky(x):
    return tf.nn.leaky_relu(x, 0.2)
