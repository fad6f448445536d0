"""From questions to batches that hold each of their items once."""

import numpy as np
import tensorflow as tf

from tfcompat.data.images import ImageStore
from tfcompat.data.sampling import TripletSampler


def make_dataset(
    questions,
    items_source,
    wardrobe,
    *,
    batch_size,
    shuffle_seed=None,
    first_epoch=0,
    epochs=1,
    triplets_seed=None,
    kinds=None,
    item_votes=None,
    parts=1,
):
    """Batches questions for `fit`, `evaluate` and `predict`.

    A batch holds every item that occurs in it once, so that a model embeds
    each of them once. The order of epoch e depends only on `shuffle_seed` and
    e: training that resumes with `first_epoch=5` sees what it would have seen.

    With `epochs` > 1 the epochs follow each other; give `fit` then
    `steps_per_epoch=len(dataset) // epochs`, or it takes all of them for one.

    Args:
        questions: `tfcompat.data.questions.Questions` `[n, c]`.
        items_source: What stands for an item: an `ImageStore`, or float32
            `[items, f]` of precomputed features, or what else a network made
            of it, float `[items, …]`.
        wardrobe: The `Wardrobe` that the questions are about.
        batch_size: Questions per batch; the last of an epoch may be smaller.
        shuffle_seed: Seed of the order; None keeps that of `questions`.
        first_epoch: Number of the first epoch.
        epochs: How many epochs follow.
        triplets_seed: Turns votes (c = 1) into triplets with a third item
            drawn anew in every epoch, see `TripletSampler`; None does not.
        kinds: int `[items]`: of which kind the third item is, the second's;
            None takes its group.
        item_votes: Rows of `wardrobe.item_votes` to spread over the batches
            of an epoch, for a model that learns from both kinds of votes.
        parts: Into how many batches to deal the questions of each, one behind
            the other, for as many replicas: rows of a batch cannot be split
            later, since questions point at items of their own batch. What is
            too small to be dealt out is repeated.

    Returns:
        `tf.data.Dataset` of `(inputs, labels)`. `inputs` is a dict, b being
        the questions and u the distinct items of the batch:
        "items": float32 `[u, s, s, 3]` in [0, 1], or float32 `[u, f]`, float16
        where the source is;
        "item_rows": int32 `[u]`, rows of the wardrobe's items;
        "groups", "categories": int32 `[u]`, indices into
        `wardrobe.groups` and `wardrobe.categories`;
        "query": int32 `[b]`, "candidates": int32 `[b, c]`, places in `items`;
        "customer": int32 `[b]`, customer rows, -1 = unknown;
        where the questions have one, "condition": int32 `[b]`;
        with `item_votes` also "vote_customer" int32 `[v]`, "vote_item" int32
        `[v]`, places in `items`, and "vote_liked" float32 `[v]`, 1 or 0.
        `labels`: float32 `[b, c]`, 1 = compatible, 0 = not.

    Raises:
        ValueError: If an argument is out of range or does not fit another.
    """
    _check(
        questions,
        items_source,
        wardrobe,
        batch_size,
        first_epoch,
        epochs,
        parts,
    )
    if triplets_seed is not None and questions.labels.shape[1] != 1:
        raise ValueError(
            "`triplets_seed` needs questions with one candidate, got "
            f"{questions.labels.shape[1]}."
        )
    count = len(questions)
    steps = -(-count // batch_size)
    # Held as tensors outside the graph: no copy, no 2 GB limit.
    customers = tf.constant(questions.customer)
    queries = tf.constant(questions.query)
    candidates = tf.constant(questions.candidates)
    labels = tf.constant(questions.labels)
    conditions = None
    if questions.condition is not None:
        conditions = tf.constant(questions.condition)
    sampler = None
    if triplets_seed is not None:
        sampler = TripletSampler(
            wardrobe.item_groups if kinds is None else kinds
        )
    assemble = _Assembler(items_source, wardrobe)
    votes = None
    if item_votes is not None:
        votes = _ItemVotes(item_votes, steps, shuffle_seed)

    def load(place):
        step, part = place // parts, place % parts
        start = step % steps * batch_size
        rows = tf.range(start, tf.minimum(start + batch_size, count))
        if shuffle_seed is not None:
            order = tf.stack(
                [tf.constant(shuffle_seed, tf.int64), step // steps]
            )
            rows = tf.random.experimental.index_shuffle(rows, order, count - 1)
        asked = tf.gather(candidates, rows)
        answers = tf.gather(labels, rows)
        if sampler is not None:
            draw = tf.stack([tf.constant(triplets_seed, tf.int64), step])
            asked, answers = sampler.triplets(asked, answers, draw)
        extra = {} if votes is None else votes.take(step)
        if conditions is not None:
            extra["condition"] = tf.gather(conditions, rows)
        columns = (
            tf.gather(customers, rows),
            tf.gather(queries, rows),
            asked,
            extra,
            answers,
        )
        if parts > 1:
            columns = _deal(columns, part, parts)
        *columns, answers = columns
        return assemble(*columns), answers

    dataset = tf.data.Dataset.range(
        first_epoch * steps * parts, (first_epoch + epochs) * steps * parts
    )
    dataset = dataset.map(load, num_parallel_calls=tf.data.AUTOTUNE)
    return dataset.prefetch(tf.data.AUTOTUNE)


def _deal(columns, part, parts):
    """Every `parts`-th row of each column, from row `part` on."""

    def take(column):
        count = tf.shape(column, tf.int64)[0]
        rows = tf.range(part, tf.maximum(count, part + 1), parts)
        return tf.gather(column, rows % count)

    return tf.nest.map_structure(take, columns)


class _Assembler:
    """Builds a batch's inputs from item rows."""

    def __init__(self, items_source, wardrobe):
        if isinstance(items_source, ImageStore):
            self.fetch = items_source.batch
        else:
            # Half precision stays, for it is there to save memory.
            is_half = getattr(items_source, "dtype", None) == np.float16
            kind = tf.float16 if is_half else tf.float32
            features = tf.constant(items_source, kind)
            self.fetch = lambda rows: tf.gather(features, rows)
        self.groups = tf.constant(wardrobe.item_groups)
        self.categories = tf.constant(wardrobe.item_categories)

    def __call__(self, customer, query, candidates, votes):
        voted = votes.get("vote_item", query[:0])
        rows, places = tf.unique(
            tf.concat([query, tf.reshape(candidates, [-1]), voted], axis=0)
        )  # [u], [b + b * c + v]
        query, asked, voted = tf.split(
            places, [tf.size(query), tf.size(candidates), tf.size(voted)]
        )
        if "vote_item" in votes:
            votes = {**votes, "vote_item": voted}
        return {
            "items": self.fetch(rows),
            "item_rows": rows,
            "groups": tf.gather(self.groups, rows),
            "categories": tf.gather(self.categories, rows),
            "query": query,
            "candidates": tf.reshape(asked, (-1, candidates.shape[1])),
            "customer": customer,
            **votes,
        }


class _ItemVotes:
    """Deals all item votes out to the steps of each epoch."""

    def __init__(self, item_votes, steps, seed):
        self.count = len(item_votes)
        if not self.count:
            raise ValueError("`item_votes` is empty.")
        self.steps = steps
        self.size = -(-self.count // steps)
        self.seed = seed
        self.customer = tf.constant(item_votes["customer"], tf.int32)
        self.item = tf.constant(item_votes["item"], tf.int32)
        self.liked = tf.constant(item_votes["vote"] > 0, tf.float32)

    def take(self, step):
        start = step % self.steps * self.size
        # The last step wraps round, so that none goes without.
        rows = tf.range(start, start + self.size) % self.count
        if self.seed is not None:
            order = tf.stack(
                [tf.constant(self.seed, tf.int64), step // self.steps]
            )
            rows = tf.random.experimental.index_shuffle(
                rows, order, self.count - 1
            )
        return {
            "vote_customer": tf.gather(self.customer, rows),
            "vote_item": tf.gather(self.item, rows),
            "vote_liked": tf.gather(self.liked, rows),
        }


def _check(
    questions, items_source, wardrobe, batch_size, first_epoch, epochs, parts
):
    for name, value, least in (
        ("batch_size", batch_size, 1),
        ("first_epoch", first_epoch, 0),
        ("epochs", epochs, 1),
        ("parts", parts, 1),
    ):
        if value < least:
            raise ValueError(f"`{name}` must be at least {least}, got {value}.")
    items, customers = len(wardrobe.items), len(wardrobe.customers)
    if len(items_source) != items:
        raise ValueError(
            f"`items_source` holds {len(items_source)} items, but `wardrobe` "
            f"{items}."
        )
    if not isinstance(items_source, ImageStore) and np.ndim(items_source) < 2:
        raise ValueError(
            "`items_source` must be an ImageStore or [items, …], got shape "
            f"{np.shape(items_source)}."
        )
    for name, rows, least, end in (
        ("query", questions.query, 0, items),
        ("candidates", questions.candidates, 0, items),
        ("customer", questions.customer, -1, customers),
    ):
        if rows.min() < least or rows.max() >= end:
            raise ValueError(
                f"`questions.{name}` must be in [{least}, {end}), got "
                f"[{rows.min()}, {rows.max()}]."
            )
