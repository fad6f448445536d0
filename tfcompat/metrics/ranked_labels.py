"""The labels of each question in the order the scores put them."""

import tensorflow as tf


def rank_labels(labels, scores):
    """Sorts each row's labels by score, best first.

    Among tied candidates the incompatible ones come first: a tie counts
    against the model, so scoring everything alike never looks good.

    Args:
        labels: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        scores: float `[batch, candidates]`; higher is more compatible.

    Returns:
        float32 `[batch, candidates]`.

    Raises:
        tf.errors.InvalidArgumentError: If a score is NaN.
    """
    labels = tf.cast(labels, tf.float32)
    scores = tf.convert_to_tensor(scores)
    tf.debugging.Assert(
        tf.logical_not(tf.reduce_any(tf.math.is_nan(scores))),
        ["A score is NaN.", scores],
    )
    # Two stable sorts: the second keeps the order of the first among ties.
    incompatible_first = tf.argsort(labels, axis=-1, stable=True)
    labels = tf.gather(labels, incompatible_first, batch_dims=1)
    scores = tf.gather(scores, incompatible_first, batch_dims=1)
    best_first = tf.argsort(
        scores, axis=-1, direction="DESCENDING", stable=True
    )
    return tf.gather(labels, best_first, batch_dims=1)
