"""The squared norm of a network's weights."""

import tensorflow as tf


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
