"""A batch worked off a few rows at a time, so that memory stays bounded."""

import tensorflow as tf


def rank_in_blocks(rank, customers, block):
    """Ranks items for a few customers at a time.

    Args:
        rank: Function from int32 `[c]` customer rows to a tuple of int32
            `[c, m]` items and float32 `[c, m]` scores, with one m for all.
        customers: int32 `[b]`.
        block: int32 scalar, most customers at a time; at least one is taken.

    Returns:
        Tuple of int32 `[b, m]` and float32 `[b, m]`.
    """
    count = tf.shape(customers)[0]
    block = tf.maximum(tf.minimum(block, count), 1)
    # One block even of an empty batch: nothing would have no width.
    blocks = tf.maximum(-(-count // block), 1)
    filled = tf.pad(
        customers, [[0, blocks * block - count]], constant_values=-1
    )
    results = tf.map_fn(
        rank,
        tf.reshape(filled, [blocks, block]),
        fn_output_signature=(
            tf.TensorSpec([None, None], tf.int32),
            tf.TensorSpec([None, None], tf.float32),
        ),
        parallel_iterations=1,
    )  # [blocks, block, m] each
    return tuple(
        tf.reshape(part, [blocks * block, tf.shape(part)[2]])[:count]
        for part in results
    )
