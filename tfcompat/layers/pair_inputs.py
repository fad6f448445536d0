"""The smallest batch that a pair model can be built by."""

import tensorflow as tf


def blank_pair_inputs(item_shape):
    """One question about one item, all zeros, in `make_dataset`'s format.

    Keras builds a saved model anew from shapes alone, filled with floats, but
    these models' inputs are mostly whole numbers.

    Args:
        item_shape: Shape of one item's content: `[f]` or `[s, s, 3]`.

    Returns:
        Dict of inputs.
    """
    row = tf.zeros([1], tf.int32)
    return {
        "items": tf.zeros([1, *item_shape]),
        "item_rows": row,
        "groups": row,
        "categories": row,
        "query": row,
        "candidates": row[None],
        "customer": row,
    }
