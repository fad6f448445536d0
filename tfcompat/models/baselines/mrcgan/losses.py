"""What MrCGAN's discriminator and generator minimise, term by term."""

import tensorflow as tf

from tfcompat.losses.adversarial import (
    cost_of_designed,
    cost_of_real,
    probability_of_real,
)
from tfcompat.losses.global_batch import global_share


def judge_losses(real_logits, logits):
    """The verdict on real items and on drawings.

    Args:
        real_logits: float `[b]`.
        logits: float `[2 b]`: of drawings of embeddings, then of prototypes,
            each of which count one half.

    Returns:
        Dict of float scalars, a replica's shares of means over the global
        batch.
    """
    return {
        "discriminator": global_share(cost_of_real(real_logits))
        + global_share(cost_of_designed(logits)),
        "real_score": global_share(probability_of_real(real_logits)),
        "fake_score": global_share(probability_of_real(logits)),
    }


def drawing_losses(logits, latents, embedded, unfit, margins):
    """What drawings cost: being found out, straying, and not keeping apart.

    Args:
        logits: As `judge_losses`.
        latents: float `[2 b, d]`, where the discriminator sees the drawings.
        embedded: float `[b, d]`, the points that the first half was drawn
            from.
        unfit: float `[b, d]`, embeddings of items that do not go with the
            queries whose prototypes the second half was drawn from.
        margins: How far a drawing may stray, and how far apart it should be.

    Returns:
        Dict of float scalars, a replica's shares of means over the global
        batch.
    """
    from_items, from_prototypes = tf.split(latents, 2)
    strayed = _length(from_items - embedded) - margins[0]
    missing = margins[1] - _length(from_prototypes - unfit)
    return {
        "generator": global_share(cost_of_real(logits)),
        "near": global_share(tf.square(tf.nn.relu(strayed))),
        "apart": global_share(tf.square(tf.nn.relu(missing))),
    }


def _length(vectors):
    # The root has no finite slope at 0.
    return tf.sqrt(tf.reduce_sum(tf.square(vectors), axis=-1) + 1e-7)
