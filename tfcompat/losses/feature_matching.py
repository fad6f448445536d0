"""Matches a batch's mean features instead of each image's verdict."""

import tensorflow as tf

from tfcompat.losses.global_batch import replica_count


def feature_matching(real, designed):
    """Squared gap between the mean features of real and designed images.

    For each layer: the mean over places and channels of
    `(mean over images of real - mean over images of designed)^2`; the layers'
    values are added up.

    Under `tf.distribute` the means are over each replica's part of the batch,
    and the result is the replica's share: the replicas' shares add up to the
    mean of their losses.

    Args:
        real: List of float `[n, h, w, c]`, a discriminator's features of real
            images, one a layer.
        designed: The same of designs.

    Returns:
        float32 scalar.

    Reference:
        Kim et al. 2017, https://arxiv.org/abs/1703.05192 (their code:
        `HingeEmbeddingLoss` of squared gaps, which is their mean); Salimans
        et al. 2016, https://arxiv.org/abs/1606.03498, section 3.1.
    """
    gaps = [
        tf.reduce_mean(tf.cast(a, tf.float32), axis=0)
        - tf.reduce_mean(tf.cast(b, tf.float32), axis=0)
        for a, b in zip(real, designed, strict=True)
    ]
    total = tf.add_n([tf.reduce_mean(tf.square(gap)) for gap in gaps])
    return total / replica_count()
