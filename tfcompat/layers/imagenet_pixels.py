"""Pixels as networks trained on ImageNet expect them."""

import tensorflow as tf
import tf_keras as keras

_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


@keras.saving.register_keras_serializable(package="tfcompat")
class ImageNetPixels(keras.layers.Layer):
    """From [0, 1] to mean 0 and deviation 1 of ImageNet's colours.

    Images are in [0, 1] everywhere between models. A generator takes and gives
    [-1, 1] inside, a pretrained backbone this: each converts at its own door,
    so that neither is ever fed what is meant for the other.

    Args:
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        images: float `[n, h, w, 3]`, RGB in [0, 1].

    Returns:
        float `[n, h, w, 3]`.
    """

    def call(self, images):
        mean, deviation = (
            tf.constant(values, images.dtype) for values in (_MEAN, _DEVIATION)
        )
        return (images - mean) / deviation
