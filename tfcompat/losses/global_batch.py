"""Means over the global batch, whatever number of replicas shares it."""

import tensorflow as tf


def global_mean(values):
    """Mean over the global batch, through which gradients flow.

    Every replica gets the same mean, and the gradient of the sum of all
    replicas' losses reaches the values of every replica.

    Args:
        values: float `[n]`, this replica's part.

    Returns:
        float scalar.
    """
    return _sum_over_replicas(tf.reduce_sum(values)) / _global_count(values)


def global_share(values):
    """This replica's share of the mean over the global batch.

    The shares of all replicas add up to the mean. A loss has to be a share,
    since optimisers add up the gradients of the replicas.

    Args:
        values: float `[n]`, this replica's part.

    Returns:
        float scalar; on one device the mean itself.
    """
    return tf.reduce_sum(values) / _global_count(values)


def replica_count():
    """int: how many replicas share the global batch."""
    context = tf.distribute.get_replica_context()
    return 1 if context is None else context.num_replicas_in_sync


def _global_count(values):
    return _sum_over_replicas(tf.cast(tf.size(values), values.dtype))


def _sum_over_replicas(value):
    if replica_count() == 1:
        return value
    context = tf.distribute.get_replica_context()
    return context.all_reduce(tf.distribute.ReduceOp.SUM, value)
