"""Transposed convolutions, the second half of generators."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.convolution_stack import (
    check_blocks,
    gan_initializer,
    gan_norm,
)


@keras.saving.register_keras_serializable(package="tfcompat")
class DeconvolutionStack(keras.layers.Layer):
    """Transposed convolutions that grow a feature map into an image.

    Batch norm and LeakyReLU follow every block but the last, which has the
    image's activation, in float32 under every precision policy.

    Args:
        filters: Filters of each block; the last ones are the image's channels.
        kernel_size: Side of every kernel, in pixels.
        strides: Stride of every block, or one of each.
        activation: Of the last block: "tanh" for images in [-1, 1], "sigmoid"
            for [0, 1].
        slope: Of LeakyReLU.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        features: float `[n, h, w, c]`.

    Returns:
        float32 `[n, h', w', filters[-1]]`; h' is h times all strides.

    Raises:
        ValueError: If `filters` is empty, or `strides` has another length.

    Reference:
        Radford, Metz, Chintala 2016, https://arxiv.org/abs/1511.06434.
    """

    def __init__(
        self,
        filters,
        kernel_size=5,
        strides=2,
        activation="tanh",
        slope=0.2,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = tuple(filters)
        if isinstance(strides, int):
            strides = (strides,) * len(self.filters)
        self.strides = tuple(strides)
        check_blocks(self.filters, self.strides)
        self.kernel_size = kernel_size
        self.activation = activation
        self.slope = slope
        last = len(self.filters) - 1
        self.deconvolutions = [
            keras.layers.Conv2DTranspose(
                count,
                kernel_size,
                strides=stride,
                padding="same",
                use_bias=i == last,
                kernel_initializer=gan_initializer(),
                name=f"deconvolution_{i}",
            )
            for i, (count, stride) in enumerate(
                zip(self.filters, self.strides, strict=True)
            )
        ]
        self.norms = [gan_norm(f"norm_{i}") for i in range(last)]
        self.output_activation = keras.layers.Activation(
            activation, dtype="float32", name="activation"
        )

    def build(self, features_shape):
        shape = tuple(features_shape)
        for i, deconvolution in enumerate(self.deconvolutions):
            deconvolution.build(shape)
            shape = deconvolution.compute_output_shape(shape)
            if i < len(self.norms):
                self.norms[i].build(shape)
        super().build(features_shape)

    def call(self, features, training=False):
        x = features
        for deconvolution, norm in zip(
            self.deconvolutions, self.norms, strict=False
        ):
            x = norm(deconvolution(x), training=training)
            x = tf.nn.leaky_relu(x, self.slope)
        return self.output_activation(self.deconvolutions[-1](x))

    def compute_output_shape(self, features_shape):
        shape = tuple(features_shape)
        for deconvolution in self.deconvolutions:
            shape = deconvolution.compute_output_shape(shape)
        return shape

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "activation": self.activation,
            "slope": self.slope,
        }
