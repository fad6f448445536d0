"""Batches of outfits that lack an item, for training and for scoring."""

import numpy as np
import tensorflow as tf


def make_outfit_dataset(
    outfits,
    features,
    wardrobe,
    *,
    batch_size,
    negatives,
    seed,
    first_epoch=0,
    epochs=1,
    one_query=False,
    kinds=None,
):
    """Batches of outfits with one item hidden, and others of its kind.

    In every epoch another item may be hidden, and other negatives are drawn.
    Batches depend on `seed` and the number of the step alone.

    Args:
        outfits: int `[n, m]`, as `read_outfits` returns them.
        features: float32 `[items, f]`, what a backbone saw in each item.
        wardrobe: `Wardrobe`.
        batch_size: Outfits a batch; the last of an epoch may be smaller.
        negatives: Items of the hidden one's kind beside it.
        seed: Of order, hidden items and negatives.
        first_epoch: Number of the first epoch.
        epochs: How many epochs follow.
        one_query: Whether only one item, drawn at random, is left of each
            outfit: triplets, as losses on pairs take them.
        kinds: int `[items]`, the kind of each item; None takes its group.

    Returns:
        `tf.data.Dataset` of `(inputs, labels)`, inputs as `OutfitScorer` takes
        them with "features" in place of "items", the items' groups being
        their "categories"; labels float32 `[b, 1 + negatives]`, the hidden
        item first.
    """
    count, width = outfits.shape
    steps = -(-count // batch_size)
    padded = tf.constant(outfits, tf.int32)
    sizes = tf.reduce_sum(tf.cast(padded >= 0, tf.int32), axis=1)
    kinds = wardrobe.item_groups if kinds is None else kinds
    counts = np.bincount(kinds)
    starts = tf.constant(np.cumsum(counts) - counts, tf.int32)
    members = tf.constant(np.argsort(kinds, kind="stable"), tf.int32)
    counts, item_kinds = tf.constant(counts, tf.int32), tf.constant(kinds)
    assemble = _Assembler(features, wardrobe)

    def load(step):
        start = step % steps * batch_size
        rows = tf.range(start, tf.minimum(start + batch_size, count))
        order = tf.stack([tf.constant(seed, tf.int64), step // steps])
        rows = tf.random.experimental.index_shuffle(rows, order, count - 1)
        outfit = tf.gather(padded, rows)
        draws = tf.random.stateless_uniform(
            [tf.size(rows), 2 + negatives],
            tf.stack([tf.constant(seed, tf.int64), step]),
            None,
            None,
            tf.int32,
        )
        hidden = draws[:, 0] % tf.gather(sizes, rows)
        positive = tf.gather(outfit, hidden, batch_dims=1)
        kept = tf.range(width) != hidden[:, None]
        rest = tf.reshape(
            tf.boolean_mask(outfit, kept), [tf.size(rows), width - 1]
        )
        if one_query:
            left = tf.reduce_sum(tf.cast(rest >= 0, tf.int32), axis=1)
            place = draws[:, 1] % left
            # The empty places stand last, except where the hidden one was.
            rest = tf.gather(rest, place[:, None], batch_dims=1)
        kind = tf.gather(item_kinds, positive)
        place = draws[:, 2:] % tf.gather(counts, kind)[:, None]
        others = tf.gather(members, tf.gather(starts, kind)[:, None] + place)
        candidates = tf.concat([positive[:, None], others], axis=1)
        # The hidden item, drawn by chance, is no wrong answer.
        labels = tf.cast(candidates == positive[:, None], tf.float32)
        return assemble(rest, candidates), labels

    dataset = tf.data.Dataset.range(
        first_epoch * steps, (first_epoch + epochs) * steps
    )
    return dataset.map(load, num_parallel_calls=2).prefetch(2)


def outfit_question_batches(questions, features, wardrobe, batch_size=64):
    """The questions of `OutfitQuestions` in order, batch by batch.

    Args:
        questions: `OutfitQuestions`; a candidate of -1 asks about item 0.
        features: float32 `[items, f]`.
        wardrobe: `Wardrobe`.
        batch_size: Questions a batch.

    Returns:
        `tf.data.Dataset` of inputs as `OutfitScorer` takes them.
    """
    assemble = _Assembler(features, wardrobe)
    dataset = tf.data.Dataset.from_tensor_slices(
        (questions.outfit, np.maximum(questions.candidates, 0))
    )
    return dataset.batch(batch_size).map(assemble).prefetch(2)


class _Assembler:
    """Builds a batch's inputs from item rows."""

    def __init__(self, features, wardrobe):
        self.features = tf.constant(features, tf.float32)
        self.groups = tf.constant(wardrobe.item_groups)

    def __call__(self, outfit, candidates):
        outfit, candidates = (
            tf.cast(outfit, tf.int32),
            tf.cast(candidates, tf.int32),
        )
        flat = tf.concat(
            [tf.reshape(outfit, [-1]), tf.reshape(candidates, [-1])], axis=0
        )
        rows, places = tf.unique(tf.maximum(flat, 0))
        first, second = tf.split(places, [tf.size(outfit), tf.size(candidates)])
        groups = tf.gather(self.groups, rows)
        return {
            "features": tf.gather(self.features, rows),
            "item_rows": rows,
            "groups": groups,
            "categories": groups,
            "outfit": tf.where(
                outfit >= 0, tf.reshape(first, (-1, outfit.shape[1])), -1
            ),
            "candidates": tf.reshape(second, (-1, candidates.shape[1])),
        }
