"""Votes on single items, in batches for `fit`."""

import numpy as np
import tensorflow as tf


def count_steps(wardrobe, split, batch_size):
    """Number of batches that hold every item vote of a split once."""
    return -(-int((wardrobe.item_votes.split == split).sum()) // batch_size)


def make_item_vote_dataset(
    wardrobe, split, *, batch_size, shuffle_seed=None, first_epoch=0
):
    """Batches a split's item votes.

    A shuffled data set goes on for ever, one permutation of the votes after
    another, `count_steps` batches an epoch. Each permutation depends on the
    seed and the number of the epoch alone, so that a run resumed in epoch n
    sees what an uninterrupted one would.

    Args:
        wardrobe: `Wardrobe`.
        split: "train", "valid" or "test".
        batch_size: Votes per batch; an epoch's last batch may be smaller.
        shuffle_seed: Seed of the order; None reads once, in table order.
        first_epoch: Number of the first epoch, when shuffled.

    Returns:
        `tf.data.Dataset` of `(inputs, ratings)`: inputs a dict of "customer"
        and "item", int32 `[b]` rows; ratings float32 `[b]`, 1 = liked and
        0 = disliked.

    Raises:
        ValueError: If the split holds no item vote.
    """
    votes = wardrobe.item_votes
    votes = votes[votes.split == split]
    if votes.empty:
        raise ValueError(f"`split` {split!r} holds no item votes.")
    columns = (
        votes.customer.to_numpy("int32"),
        votes.item.to_numpy("int32"),
        (votes.vote.to_numpy() > 0).astype("float32"),
    )
    columns = tuple(map(tf.constant, columns))

    def batch(rows):
        customer, item, rating = (tf.gather(column, rows) for column in columns)
        return {"customer": customer, "item": item}, rating

    rows = tf.range(len(votes))

    def permuted(epoch):
        seed = tf.stack([tf.constant(shuffle_seed, tf.int64), epoch])
        order = tf.random.experimental.stateless_shuffle(rows, seed)
        return tf.data.Dataset.from_tensor_slices(order).batch(batch_size)

    if shuffle_seed is None:
        dataset = tf.data.Dataset.from_tensor_slices(rows).batch(batch_size)
    else:
        dataset = tf.data.Dataset.range(first_epoch, np.iinfo("int64").max)
        dataset = dataset.flat_map(permuted)
    return dataset.map(batch, num_parallel_calls=tf.data.AUTOTUNE).prefetch(
        tf.data.AUTOTUNE
    )
