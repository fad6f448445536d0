"""Refusals inside a graph that say which row is wrong and why."""

import tensorflow as tf


def check_rows(values, is_wrong, explain):
    """Passes tensors on unless one of their rows is wrong.

    Whatever is computed from the result comes after the check, so that
    nothing is spent on a request that is refused.

    Args:
        values: Tensor, or nest of tensors, to pass on.
        is_wrong: bool `[n]`.
        explain: Function from the first wrong row, an int32 scalar, to the
            message, a string scalar.

    Returns:
        `values`.

    Raises:
        tf.errors.InvalidArgumentError: When run with a wrong row; with the
            message.
    """

    def refuse():
        row = tf.argmax(tf.cast(is_wrong, tf.int32), output_type=tf.int32)
        return check(False, explain(row))

    checked = tf.cond(tf.reduce_any(is_wrong), refuse, tf.no_op)
    return after(checked, values)


def check(condition, message):
    """Op that fails with a message unless the condition holds.

    Args:
        condition: bool scalar.
        message: string scalar.

    Returns:
        Operation, for `after`; None when run eagerly.

    Raises:
        tf.errors.InvalidArgumentError: When run and the condition is false.
    """
    return tf.raw_ops.Assert(condition=condition, data=[message])


def after(operation, values):
    """Returns the same values, computed after the operation.

    Args:
        operation: What `check` returned.
        values: Tensor, or nest of tensors.

    Returns:
        `values`.
    """
    with tf.control_dependencies([] if operation is None else [operation]):
        return tf.nest.map_structure(tf.identity, values)
