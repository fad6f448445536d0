"""Batches that designers learn from: liked pairs, and what is not liked.

A training batch is `(inputs, labels)`. `inputs` is what a designer's `call`
takes, `labels` what its training compares the design with; all images are
float32 `[b, s, s, 3]` in [0, 1]:

- `inputs["query"]`: images of the item to design for;
- `inputs["customer"]`: int32 `[b]` customer rows, -1 = unknown;
- `labels["target"]`: images of what the customer liked with the query;
- `labels["random"]`: images of random items of the target's group;
- `labels["disliked_query"]`, `labels["disliked_target"]`: images of a pair
  that the same customer disliked.

With the liked pairs of the batch's other customers these are the negative
outfits of Yu et al. 2019, eq. 7: the query with a random item; an outfit that
others made; and, since a wardrobe knows it, one that the customer voted down.
"""

import dataclasses

import numpy as np
import tensorflow as tf

from tfcompat.data.errors import InputError


@dataclasses.dataclass(frozen=True)
class DesignPairs:
    """What customers said of pairs of a query and a target, by item row.

    Attributes:
        customer: int32 `[n]`, customer rows of the liked pairs.
        query: int32 `[n]`.
        target: int32 `[n]`.
        disliked_customer: int32 `[m]`, ascending.
        disliked_query: int32 `[m]`.
        disliked_target: int32 `[m]`.
        targets: int32 `[t]`, all items of the target's group.
    """

    customer: np.ndarray
    query: np.ndarray
    target: np.ndarray
    disliked_customer: np.ndarray
    disliked_query: np.ndarray
    disliked_target: np.ndarray
    targets: np.ndarray

    def __len__(self):
        return len(self.customer)

    def of(self, customers):
        """The pairs of some customers.

        Args:
            customers: int `[c]` customer rows.

        Returns:
            `DesignPairs`, rows still being those of the wardrobe.
        """
        liked = np.isin(self.customer, customers)
        disliked = np.isin(self.disliked_customer, customers)
        return DesignPairs(
            *(getattr(self, name)[liked] for name in _LIKED),
            *(getattr(self, name)[disliked] for name in _DISLIKED),
            self.targets,
        )

    def sample(self, most, seed=0):
        """Some of the liked pairs, drawn at random.

        Args:
            most: How many at most.
            seed: Of the draw.

        Returns:
            `DesignPairs`, in the same order, with all disliked pairs.
        """
        order = np.random.default_rng(seed).permutation(len(self))
        rows = np.sort(order[:most])
        liked = {name: getattr(self, name)[rows] for name in _LIKED}
        return dataclasses.replace(self, **liked)


_LIKED = ("customer", "query", "target")
_DISLIKED = ("disliked_customer", "disliked_query", "disliked_target")


def design_pairs(wardrobe, query_group, target_group, splits=("train",)):
    """Collects the votes on pairs of two groups, whichever was the query.

    Args:
        wardrobe: `Wardrobe`.
        query_group: Group of what designs are made for, as "top".
        target_group: Group of what is designed, as "bottom".
        splits: Which splits of the votes to take; a `str` for one.

    Returns:
        `DesignPairs` in the votes' order; the disliked by customer.

    Raises:
        InputError: If the wardrobe has no such group, or nobody liked such a
            pair.
    """
    for group in (query_group, target_group):
        if group not in wardrobe.groups:
            raise InputError(
                f"{wardrobe.folder}: has no items of the group {group!r}, but "
                f"{', '.join(wardrobe.groups)}."
            )
    splits = [splits] if isinstance(splits, str) else list(splits)
    votes = wardrobe.pair_votes
    votes = votes[votes["split"].isin(splits)]
    first, second = votes["query"].to_numpy(), votes["candidate"].to_numpy()
    asked = wardrobe.groups.index(query_group)
    wanted = wardrobe.groups.index(target_group)
    groups = wardrobe.item_groups
    straight = (groups[first] == asked) & (groups[second] == wanted)
    turned = (groups[first] == wanted) & (groups[second] == asked)
    fits = straight | turned
    customer = votes["customer"].to_numpy()
    query = np.where(straight, first, second)
    target = np.where(straight, second, first)
    liked = fits & (votes["vote"].to_numpy() > 0)
    if not liked.any():
        raise InputError(
            f"{wardrobe.folder}: nobody likes a pair of {query_group} and "
            f"{target_group} in {', '.join(splits)} of pair_votes.csv; "
            "designs are learnt from those."
        )
    disliked = np.flatnonzero(fits & ~liked)
    disliked = disliked[np.argsort(customer[disliked], kind="stable")]
    columns = (customer, query, target)
    return DesignPairs(
        *(column[liked].astype("int32") for column in columns),
        *(column[disliked].astype("int32") for column in columns),
        np.flatnonzero(groups == wanted).astype("int32"),
    )


def make_design_dataset(
    pairs, images, *, batch_size, seed, first_step=0, steps=None
):
    """Batches liked pairs with negatives, for training.

    Every batch is full: the last one of a pass goes on with the pass's first
    pairs, since the losses compare the means of whole batches. Pass follows
    upon pass, each in an order of its own; step s depends only on `seed` and
    s, so that training which resumes sees what it would have seen.

    A customer who disliked nothing, or is unknown, gets the query with another
    random item in place of the disliked pair.

    Args:
        pairs: `DesignPairs`.
        images: `ImageStore` of the wardrobe's items.
        batch_size: Liked pairs per batch.
        seed: Of the order and the negatives.
        first_step: Number of the first step.
        steps: How many steps follow; None for one pass.

    Returns:
        `tf.data.Dataset` of `(inputs, labels)` as above.

    Raises:
        ValueError: If an argument is out of its range.
    """
    for name, value, least in (
        ("batch_size", batch_size, 1),
        ("first_step", first_step, 0),
        ("steps", 1 if steps is None else steps, 1),
    ):
        if value < least:
            raise ValueError(f"`{name}` must be at least {least}, got {value}.")
    count = len(pairs)
    pass_steps = design_steps(pairs, batch_size)
    liked = [tf.constant(getattr(pairs, name)) for name in _LIKED]
    negatives = _Negatives(pairs)

    def load(step):
        start = step % pass_steps * batch_size
        places = (start + tf.range(batch_size, dtype=tf.int64)) % count
        key = tf.stack([tf.constant(seed, tf.int64), step // pass_steps])
        rows = tf.random.experimental.index_shuffle(places, key, count - 1)
        customer, query, target = (tf.gather(column, rows) for column in liked)
        drawn = negatives.draw(
            customer, query, tf.stack([tf.constant(seed, tf.int64), step])
        )
        # One call for all images, so that they are fetched together.
        fetched = tf.split(
            images.batch(tf.concat([query, target, *drawn.values()], 0)),
            2 + len(drawn),
        )
        labels = dict(zip(("target", *drawn), fetched[1:], strict=True))
        return {"query": fetched[0], "customer": customer}, labels

    end = first_step + (pass_steps if steps is None else steps)
    dataset = tf.data.Dataset.range(first_step, end)
    return dataset.map(load, num_parallel_calls=tf.data.AUTOTUNE).prefetch(2)


def design_steps(pairs, batch_size):
    """int: batches in one pass of `make_design_dataset`."""
    return -(-len(pairs) // batch_size)


def make_query_dataset(pairs, images, *, batch_size):
    """Batches liked pairs in their order, each once, to design for.

    Args:
        pairs: `DesignPairs`.
        images: `ImageStore` of the wardrobe's items.
        batch_size: Pairs per batch; the last one may be smaller.

    Returns:
        `tf.data.Dataset` of `(inputs, labels)`: inputs as above, labels a
        dict of "target" alone.
    """

    def load(customer, query, target):
        inputs = {"query": images.batch(query), "customer": customer}
        return inputs, {"target": images.batch(target)}

    dataset = tf.data.Dataset.from_tensor_slices(
        tuple(getattr(pairs, name) for name in _LIKED)
    )
    dataset = dataset.batch(batch_size)
    return dataset.map(load, num_parallel_calls=tf.data.AUTOTUNE).prefetch(2)


class _Negatives:
    """Draws the negatives of a batch."""

    def __init__(self, pairs):
        self.targets = tf.constant(pairs.targets)
        size = int(max(pairs.customer.max(), 0)) + 1
        if len(pairs.disliked_customer):
            size = max(size, int(pairs.disliked_customer.max()) + 1)
        counts = np.bincount(pairs.disliked_customer, minlength=size)
        self.counts = tf.constant(counts, tf.int32)
        self.starts = tf.constant(np.cumsum(counts) - counts, tf.int32)
        # One row more, for what a wardrobe without dislikes gathers from it.
        self.query = tf.constant(np.append(pairs.disliked_query, 0), tf.int32)
        self.target = tf.constant(np.append(pairs.disliked_target, 0), tf.int32)

    def draw(self, customer, query, seed):
        # Over all of int32, so that the remainder is even enough.
        draws = tf.random.stateless_uniform(
            (3, tf.size(query)), seed, None, None, tf.int32
        )
        items = tf.gather(self.targets, draws[:2] % tf.size(self.targets))
        known = tf.maximum(customer, 0)
        count = tf.where(customer < 0, 0, tf.gather(self.counts, known))
        place = tf.gather(self.starts, known)
        place += draws[2] % tf.maximum(count, 1)
        place = tf.where(count > 0, place, 0)
        return {
            "random": items[0],
            "disliked_query": tf.where(
                count > 0, tf.gather(self.query, place), query
            ),
            "disliked_target": tf.where(
                count > 0, tf.gather(self.target, place), items[1]
            ),
        }
