"""Batches of attribute triplets that hold each of their items once."""

import tensorflow as tf

from tfcompat.data.images import ImageStore


def make_change_dataset(
    triplets,
    labels,
    items_source,
    *,
    batch_size,
    seed,
    first_epoch=0,
    epochs=1,
):
    """Batches triplets for `ADDEM`.

    The order of epoch e depends only on `seed` and e.

    Args:
        triplets: `AttributeTriplets`.
        labels: `AttributeLabels` of all items.
        items_source: `ImageStore`, or float32 `[items, f]` of features.
        batch_size: Triplets a batch; the last of an epoch may be smaller.
        seed: Of the order.
        first_epoch: Number of the first epoch.
        epochs: How many epochs follow.

    Returns:
        `tf.data.Dataset` of `(inputs, targets, weights)`: inputs as `ADDEM`
        takes them; targets and weights by its outputs, an unknown attribute
        weighing nothing.
    """
    count = len(triplets)
    steps = -(-count // batch_size)
    columns = tuple(
        tf.constant(column)
        for column in (
            triplets.reference,
            triplets.positive,
            triplets.negative,
            triplets.change,
        )
    )
    item_labels = tf.constant(labels.labels)
    classes = tf.constant(labels.classes)
    if isinstance(items_source, ImageStore):
        fetch = items_source.batch
    else:
        features = tf.constant(items_source, tf.float32)

        def fetch(rows):
            return tf.gather(features, rows)

    def load(step):
        start = step % steps * batch_size
        rows = tf.range(start, tf.minimum(start + batch_size, count))
        order = tf.stack([tf.constant(seed, tf.int64), step // steps])
        rows = tf.random.experimental.index_shuffle(rows, order, count - 1)
        *items, change = (tf.gather(column, rows) for column in columns)
        distinct, places = tf.unique(tf.concat(items, axis=0))
        reference, positive, negative = tf.split(places, 3)
        inputs = {
            "items": fetch(distinct),
            "labels": tf.gather(item_labels, distinct),
            "reference": reference,
            "positive": positive,
            "negative": negative,
            "change": tf.cast(change, tf.float32),
        }
        # Reference, positive, negative, and the changed reference, which is
        # what the positive is.
        four = tf.gather(item_labels, tf.concat([*items, items[1]], axis=0))
        targets, weights = {}, {}
        for place, name in enumerate(labels.names):
            targets[name] = tf.maximum(four[:, place], 0)
            weights[name] = tf.cast(four[:, place] >= 0, tf.float32)
        size = tf.size(rows)
        targets["triplet"] = tf.tile([[1.0, 0.0]], [size, 1])
        targets["label_triplet"] = tf.gather(
            classes, tf.concat([items[0], items[1], items[2]], axis=0)
        )
        weights["triplet"] = tf.ones([size])
        weights["label_triplet"] = tf.ones([3 * size])
        return inputs, targets, weights

    dataset = tf.data.Dataset.range(
        first_epoch * steps, (first_epoch + epochs) * steps
    )
    return dataset.map(load, num_parallel_calls=2).prefetch(2)
