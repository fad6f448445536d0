"""Turns an image into another by a plain encoder and decoder."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.convolution_stack import (
    ConvolutionStack,
    gan_initializer,
    gan_norm,
)
from tfcompat.layers.deconvolution_stack import DeconvolutionStack


@keras.saving.register_keras_serializable(package="tfcompat")
class ImageConverter(keras.layers.Layer):
    """Strided convolutions, perhaps a short code, transposed convolutions.

    Without a code the image's layout can pass through the middle; a code of a
    few numbers leaves room for what it means only.

    Args:
        filters: Filters of the encoder's blocks, each of stride 2; the
            decoder's are the same backwards.
        kernel_size: Side of every kernel.
        code_dim: Size of the code between them; 0 for none.
        activation: Of the image: "tanh" or "sigmoid".
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        images: float `[n, h, w, 3]`, h and w multiples of 2 ** len(filters).

    Returns:
        float32 `[n, h, w, 3]`, in the range of `activation`.

    Raises:
        ValueError: If `code_dim` is negative or there are no filters.

    Reference:
        Kim et al. 2017, https://arxiv.org/abs/1703.05192 (without a code);
        Yoo et al. 2016, https://arxiv.org/abs/1603.07442 (with one).
    """

    def __init__(
        self,
        filters=(64, 128, 256, 512),
        kernel_size=4,
        code_dim=0,
        activation="sigmoid",
        **kwargs,
    ):
        super().__init__(**kwargs)
        if code_dim < 0:
            raise ValueError(
                f"`code_dim` must not be negative, got {code_dim}."
            )
        self.filters = tuple(filters)
        self.kernel_size = kernel_size
        self.code_dim = code_dim
        self.activation = activation
        self.encoder = ConvolutionStack(
            self.filters, kernel_size=kernel_size, name="encoder"
        )
        self.decoder = DeconvolutionStack(
            [*self.filters[-2::-1], 3],
            kernel_size=kernel_size,
            activation=activation,
            slope=0.0,  # ReLU.
            name="decoder",
        )
        if code_dim:
            self.flatten = keras.layers.Flatten()
            self.code = _dense(code_dim, "code")
            self.code_norm = gan_norm("code_norm")
            self.spread_norm = gan_norm("spread_norm")

    def build(self, images_shape):
        self.encoder.build(images_shape)
        self.map_shape = tuple(self.encoder.compute_output_shape(images_shape))[
            1:
        ]
        if self.code_dim:
            size = self.map_shape[0] * self.map_shape[1] * self.map_shape[2]
            self.code.build((None, size))
            self.code_norm.build((None, self.code_dim))
            self.spread = _dense(size, "spread")
            self.spread.build((None, self.code_dim))
            self.spread_norm.build((None, *self.map_shape))
        self.decoder.build((None, *self.map_shape))
        super().build(images_shape)

    def call(self, images, training=False):
        x, skips = self.encode(images, training)
        return self.decode(x, skips, training=training)

    def encode(self, images, training=False):
        """What images are drawn anew from.

        Returns:
            Tuple of float `[n, h', w', filters[-1]]` and, as of `UNet`, what
            goes past it: nothing, an empty list.
        """
        x = self.encoder(images, training=training)
        if self.code_dim:
            x = self._through_code(x, training)
        return x, []

    def decode(self, code, skips, seed=None, training=False):
        """Images from what `encode` returned; there is nothing random."""
        return self.decoder(code, training=training)

    def _through_code(self, x, training):
        x = self.code_norm(self.code(self.flatten(x)), training=training)
        x = self.spread(tf.nn.leaky_relu(x, 0.2))
        x = tf.reshape(x, (-1, *self.map_shape))
        return tf.nn.relu(self.spread_norm(x, training=training))

    def compute_output_shape(self, images_shape):
        return (*tuple(images_shape)[:3], 3)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "code_dim": self.code_dim,
            "activation": self.activation,
        }


def _dense(units, name):
    return keras.layers.Dense(
        units,
        use_bias=False,
        kernel_initializer=gan_initializer(),
        name=name,
    )
