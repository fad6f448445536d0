"""The growing variable in which a metric keeps what it has seen."""

import tensorflow as tf


def make_table(width):
    """An empty float64 variable `[0, width]` that can grow in rows.

    Rows of all replicas are gathered on writing, so under `tf.distribute`
    each replica holds the whole table and reading any one is enough.
    """
    return tf.Variable(
        tf.zeros((0, width), tf.float64),
        shape=(None, width),
        trainable=False,
        synchronization=tf.VariableSynchronization.ON_READ,
        aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
    )


def append_rows(table, *columns):
    """Adds the flattened `columns`, equally long, as rows.

    float64 keeps float32 scores and ids below 2^53 as they are.
    """
    rows = tf.stack(
        [tf.cast(tf.reshape(x, (-1,)), tf.float64) for x in columns], axis=1
    )
    rows = tf.distribute.get_replica_context().all_gather(rows, axis=0)
    table.assign(tf.concat([table, rows], axis=0))


def clear(table):
    """Drops all rows."""
    table.assign(tf.zeros((0, table.shape[1]), tf.float64))
