"""Every (compatible, incompatible) pair of candidates in a row."""

import tensorflow as tf


def score_gaps(scores):
    """How far each candidate scores above each other one of its row.

    Args:
        scores: float `[batch, candidates]`.

    Returns:
        float `[batch, candidates, candidates]`: entry `[b, i, j]` is
        `scores[b, i] - scores[b, j]`.
    """
    return scores[:, :, None] - scores[:, None, :]


def mean_over_pairs(costs, labels):
    """Mean of `costs[b, i, j]` over i compatible and j not.

    Args:
        costs: float `[batch, candidates, candidates]`, finite.
        labels: `[batch, candidates]`, 1 for compatible and 0 otherwise.

    Returns:
        float `[batch]`; 0 for a row without such a pair.
    """
    labels = tf.cast(labels, costs.dtype)
    pairs = labels[:, :, None] * (1.0 - labels[:, None, :])  # [b, c, c]
    total = tf.reduce_sum(pairs * costs, axis=(1, 2))
    return tf.math.divide_no_nan(total, tf.reduce_sum(pairs, axis=(1, 2)))
