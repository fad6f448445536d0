"""A batch worked off a few rows at a time, so that memory stays bounded."""

import tensorflow as tf


def map_in_blocks(function, columns, block, signature, fill=0):
    """Calls a function with a few rows of a batch at a time.

    Args:
        function: From columns `[c, …]`, nested as `columns` are, to results
            `[c, …]`, all but c being the same for all blocks.
        columns: Tensor `[b, …]` or nested tensors of one b, of static shapes
            but for b.
        block: int32 scalar, most rows at a time; at least one is taken.
        signature: `tf.TensorSpec` of the result, or nested ones.
        fill: Number that stands in rows which fill up the last block, and in
            the one row that is computed for an empty batch.

    Returns:
        Results `[b, …]`, nested as `signature`.
    """
    count = tf.shape(tf.nest.flatten(columns)[0])[0]
    # One block even of an empty batch: nothing would have no width.
    blocks = tf.maximum(-(-count // tf.maximum(block, 1)), 1)
    block = tf.maximum(-(-count // blocks), 1)

    def lay_out(column):
        shape = column.shape[1:]
        missing = [[0, blocks * block - count], *[[0, 0]] * len(shape)]
        filled = tf.pad(column, missing, constant_values=fill)
        return tf.reshape(filled, [blocks, block, *shape])

    def put_together(part):
        shape = tf.concat([[blocks * block], tf.shape(part)[2:]], axis=0)
        rows = tf.reshape(part, shape)[:count]
        return tf.ensure_shape(rows, [None, *part.shape[2:]])

    results = tf.map_fn(
        function,
        tf.nest.map_structure(lay_out, columns),
        fn_output_signature=signature,
        parallel_iterations=1,
    )  # [blocks, block, …] each
    return tf.nest.map_structure(put_together, results)


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
    return map_in_blocks(
        rank,
        customers,
        block,
        (
            tf.TensorSpec([None, None], tf.int32),
            tf.TensorSpec([None, None], tf.float32),
        ),
        fill=-1,
    )
