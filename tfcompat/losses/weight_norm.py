"""The squared norm of a network's weights."""

import tensorflow as tf

from tfcompat.losses.global_batch import replica_count


def squared_weight_norm(variables):
    """Sum of squares of all weights, `||theta||^2` of eq. 10.

    Args:
        variables: List of float variables of any shapes.

    Returns:
        float32 scalar; 0 of none.

    Reference:
        Yu et al. 2019, "Personalized fashion design", equation 10.
    """
    # Read in float32, else mixed precision would add them up in 8 bits.
    squares = [
        tf.reduce_sum(tf.square(tf.cast(variable, tf.float32)))
        for variable in variables
    ]
    return tf.add_n(squares) if squares else tf.constant(0.0)


def weight_decay_share(variables, weight):
    """A replica's share of `weight / 2 * ||theta||^2`.

    The shares of all replicas add up to it, and its gradient is
    `weight * theta`.

    Args:
        variables: List of float variables of any shapes.
        weight: Of the decay.

    Returns:
        float32 scalar; on one device all of it.
    """
    return 0.5 * weight * squared_weight_norm(variables) / replica_count()
