"""Tells real from designed by strided convolutions and one logit."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.convolution_stack import ConvolutionStack, gan_initializer


@keras.saving.register_keras_serializable(package="tfcompat")
class StridedDiscriminator(keras.layers.Layer):
    """DCGAN's discriminator: a stack of convolutions under one logit.

    Args:
        filters: Filters of each convolution, all of stride 2.
        kernel_size: Side of their kernels.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        images: float `[n, h, w, c]`; a pair is concatenated along its
            channels.

    Returns:
        float32 `[n]` logits; higher is more real.

    Reference:
        Radford, Metz, Chintala 2016, https://arxiv.org/abs/1511.06434.
    """

    def __init__(self, filters=(64, 128, 256, 512), kernel_size=4, **kwargs):
        super().__init__(**kwargs)
        self.filters = tuple(filters)
        self.kernel_size = kernel_size
        self.stack = ConvolutionStack(
            self.filters, kernel_size=kernel_size, name="stack"
        )
        self.flatten = keras.layers.Flatten()
        # On a flattened map this is a convolution as large as the map.
        self.score = keras.layers.Dense(
            1,
            use_bias=False,
            kernel_initializer=gan_initializer(),
            dtype="float32",
            name="score",
        )

    def build(self, images_shape):
        self.stack.build(images_shape)
        _, *sizes = self.stack.compute_output_shape(images_shape)
        self.score.build((None, sizes[0] * sizes[1] * sizes[2]))
        super().build(images_shape)

    def judge(self, images, training=False):
        """The logits, and what every block saw, first to last.

        Args:
            images: As `call`'s.
            training: Whether this is a training step.

        Returns:
            Tuple of float32 `[n]` and a list of float `[n, h', w', filters]`.
        """
        features = self.stack.features(images, training=training)
        flat = tf.cast(self.flatten(features[-1]), tf.float32)
        return self.score(flat)[:, 0], features

    def call(self, images, training=False):
        return self.judge(images, training)[0]

    def compute_output_shape(self, images_shape):
        return (tuple(images_shape)[0],)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
        }
