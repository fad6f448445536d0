"""The costs of logits that tell real images from designed ones."""

import tensorflow as tf


def cost_of_real(logits):
    """What being real costs each image: `-log sigmoid(logit)`.

    The discriminator is trained by it on real images, and the generator on
    its designs, which should be taken for real: the form that has a gradient
    where the discriminator is sure.

    Args:
        logits: float `[n, …]`, of images or of their patches.

    Returns:
        float32 `[n]`, the mean over an image's patches.

    Reference:
        Goodfellow et al. 2014, https://arxiv.org/abs/1406.2661, section 3.
    """
    return _mean_of_patches(tf.nn.softplus(-tf.cast(logits, tf.float32)))


def cost_of_designed(logits):
    """What being designed costs each image: `-log(1 - sigmoid(logit))`."""
    return _mean_of_patches(tf.nn.softplus(tf.cast(logits, tf.float32)))


def probability_of_real(logits):
    """How sure it is that each image is real, in [0, 1].

    Near 1 of real images and 0 of designs, the discriminator wins; near one
    half of both, the two networks are balanced.

    Args:
        logits: float `[n, …]`.

    Returns:
        float32 `[n]`, the mean over an image's patches.
    """
    return _mean_of_patches(tf.sigmoid(tf.cast(logits, tf.float32)))


def _mean_of_patches(values):
    flat = tf.reshape(values, (tf.shape(values)[0], -1))
    return tf.reduce_mean(flat, axis=1)
