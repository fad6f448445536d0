"""Tells real from designed patch by patch: PatchGAN."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.convolution_stack import ConvolutionStack, gan_initializer


@keras.saving.register_keras_serializable(package="tfcompat")
class PatchDiscriminator(keras.layers.Layer):
    """Gives every patch of an image, or of a pair of them, a logit.

    Convolutions of 4x4, all but the last of them with stride 2, and one that
    makes a logit of each place. With the default filters a logit sees 70
    pixels across. What is larger than a patch is left to another loss.

    Args:
        filters: Filters of each convolution.
        padding: "same", or "valid" for no padding: 8x8 logits of 128 pixels.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        images: float `[n, h, w, c]` in [-1, 1]; a pair is concatenated along
            its channels.

    Returns:
        float32 `[n, h', w']` logits; higher is more real.

    Reference:
        Isola et al. 2017, https://arxiv.org/abs/1611.07004, section 6.1.2.
    """

    def __init__(self, filters=(64, 128, 256, 512), padding="same", **kwargs):
        super().__init__(**kwargs)
        self.filters = tuple(filters)
        self.padding = padding
        self.stack = ConvolutionStack(
            self.filters,
            kernel_size=4,
            strides=[2] * (len(self.filters) - 1) + [1],
            padding=padding,
            name="stack",
        )
        self.score = keras.layers.Conv2D(
            1,
            4,
            padding=padding,
            kernel_initializer=gan_initializer(),
            dtype="float32",
            name="score",
        )

    def build(self, images_shape):
        self.stack.build(images_shape)
        self.score.build(self.stack.compute_output_shape(images_shape))
        super().build(images_shape)

    def call(self, images, training=False):
        x = self.stack(images, training=training)
        return self.score(tf.cast(x, tf.float32))[..., 0]

    def compute_output_shape(self, images_shape):
        shape = self.stack.compute_output_shape(images_shape)
        return self.score.compute_output_shape(shape)[:-1]

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "padding": self.padding,
        }
