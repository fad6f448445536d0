"""DRAGAN's penalty on a discriminator's slope near real images."""

import tensorflow as tf


def perturbed(images, seed, strength=0.5):
    """Real images moved a little: where the penalty is taken.

    `x + strength * std * u`, with std the deviation of all pixels of the
    batch and u in [0, 1), one number an image.

    Args:
        images: float32 `[n, h, w, c]`.
        seed: int64 `[2]`.
        strength: Half of the deviation, as published.

    Returns:
        float32 `[n, h, w, c]`.

    Reference:
        Kodali et al. 2017, https://arxiv.org/abs/1705.07215; one number an
        image as in Shih et al. 2018.
    """
    amount = tf.random.stateless_uniform((tf.shape(images)[0], 1, 1, 1), seed)
    return images + strength * tf.math.reduce_std(images) * amount


def gradient_penalty(score, images):
    """`(|d score / d image| - 1)^2` of each image.

    Args:
        score: Function from images to float `[n]`, each depending on its own
            image only, so no batch norm.
        images: float32 `[n, h, w, c]`.

    Returns:
        float32 `[n]`.
    """
    with tf.GradientTape() as tape:
        tape.watch(images)
        scores = score(images)
    gradient = tape.gradient(scores, images)
    squares = tf.reduce_sum(tf.square(gradient), axis=(1, 2, 3))
    # The root has no finite slope at 0.
    return tf.square(tf.sqrt(squares + 1e-12) - 1.0)
