"""Triplets and queries of changed attributes, made by rule and seeded."""

import dataclasses

import numpy as np

_BLOCK = 2**22  # Comparisons laid out at once.


@dataclasses.dataclass(frozen=True)
class AttributeTriplets:
    """A reference, what it becomes when attributes change, and another item.

    Attributes:
        reference: int32 `[n]`, item rows.
        positive: int32 `[n]`, items that are all that the change asks for.
        negative: int32 `[n]`, items that are not.
        change: int8 `[n, J]`, -1 where a value goes and 1 where one comes.
    """

    reference: np.ndarray
    positive: np.ndarray
    negative: np.ndarray
    change: np.ndarray

    def __len__(self):
        return len(self.reference)


@dataclasses.dataclass(frozen=True)
class AttributeQueries:
    """Items whose attributes shall change, and what is then looked for.

    Attributes:
        reference: int32 `[n]`, item rows.
        change: int8 `[n, J]`, as for `AttributeTriplets`.
        target: int32 `[n, A]`, the whole label vector that is looked for.
        gallery: int32 `[g]`, the item rows to look among.
    """

    reference: np.ndarray
    change: np.ndarray
    target: np.ndarray
    gallery: np.ndarray

    def __len__(self):
        return len(self.reference)


def draw_attribute_triplets(labels, rows, *, per_item=1, changes=(1,), seed=0):
    """Draws triplets: a change for which there is a real result.

    For each item a number of changes is drawn, then one of the label vectors
    that differ from its own in just as many attributes, then one item that has
    it (the positive) and one that has not (the negative).

    Args:
        labels: `AttributeLabels`.
        rows: int array, the items to draw from.
        per_item: Triplets of each item.
        changes: How many attributes may change at once.
        seed: Decides the draws.

    Returns:
        `AttributeTriplets`; an item without such a vector has none.

    Raises:
        ValueError: If an argument is not positive, or no triplet can be made.

    Reference:
        ADDE, data preparation of the released code (facts.md, 1.4).
    """
    if per_item < 1 or not changes or min(changes) < 1:
        raise ValueError(
            "`per_item` and `changes` must be positive, got "
            f"{per_item} and {changes}."
        )
    random = np.random.default_rng(seed)
    rows = np.asarray(rows, "int32")
    vectors, owner = np.unique(labels.labels[rows], axis=0, return_inverse=True)
    owner = owner.reshape(-1)
    members = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[members], np.arange(len(vectors) + 1))
    targets = {n: _neighbours(vectors, n) for n in set(changes)}
    found = []
    for place in range(len(rows)):
        for _ in range(per_item):
            reached = targets[random.choice(changes)][owner[place]]
            if not len(reached):
                continue
            target = random.choice(reached)
            at = random.integers(starts[target], starts[target + 1])
            # Any item but those of the target: skip over their block.
            size = starts[target + 1] - starts[target]
            other = random.integers(len(rows) - size)
            other += size * (other >= starts[target])
            found.append((place, members[at], members[other]))
    if not found:
        raise ValueError(
            "No two items differ in exactly as many attributes as `changes` "
            f"asks for, got {changes}."
        )
    reference, positive, negative = rows[np.array(found).T]
    return AttributeTriplets(
        reference,
        positive,
        negative,
        changes_between(
            labels, labels.labels[reference], labels.labels[positive]
        ),
    )


def find_attribute_queries(labels, rows, *, changes=1, most=None, seed=0):
    """Every change of every item that leads to a label vector that is there.

    Args:
        labels: `AttributeLabels`.
        rows: int array; these items ask, and are the gallery.
        changes: How many attributes change at once.
        most: Keep so many at most, drawn at random; None keeps all.
        seed: Decides which.

    Returns:
        `AttributeQueries`, perhaps none; the item itself is in the gallery.

    Raises:
        ValueError: If `changes` is not positive.

    Reference:
        ADDE, data preparation of the released code (facts.md, 1.4).
    """
    if changes < 1:
        raise ValueError(f"`changes` must be positive, got {changes}.")
    rows = np.asarray(rows, "int32")
    vectors, owner = np.unique(labels.labels[rows], axis=0, return_inverse=True)
    owner = owner.reshape(-1)
    reached = _neighbours(vectors, changes)
    counts = np.array([len(reached[vector]) for vector in owner], int)
    reference = np.repeat(rows, counts)
    target = np.concatenate(
        [np.zeros(0, int), *(reached[vector] for vector in owner)]
    )
    if most is not None and len(target) > most:
        kept = np.random.default_rng(seed).choice(
            len(target), most, replace=False
        )
        kept.sort()
        reference, target = reference[kept], target[kept]
    target = vectors[target.astype(int)].reshape(-1, len(labels.names))
    return AttributeQueries(
        reference,
        changes_between(labels, labels.labels[reference], target),
        target,
        rows,
    )


def changes_between(labels, before, after):
    """int8 `[n, J]`: -1 at values that go, 1 at values that come.

    Args:
        labels: `AttributeLabels`.
        before: int `[n, A]`.
        after: int `[n, A]`.
    """
    return labels.indicators(after) - labels.indicators(before)


def changed_attributes(labels, change):
    """bool `[n, A]`: which attributes a change `[n, J]` is about."""
    return np.stack(
        [
            (change[:, labels.owners == attribute] != 0).any(axis=1)
            for attribute in range(len(labels.names))
        ],
        axis=1,
    )


def _neighbours(vectors, changes):
    """For each vector, which others differ from it in `changes` places.

    An attribute that is unknown in one of the two is no change that could be
    asked for; such vectors are no neighbours.
    """
    block = max(_BLOCK // max(vectors.size, 1), 1)
    found = []
    for start in range(0, len(vectors), block):
        some = vectors[start : start + block, None]
        differs = some != vectors
        asked = (differs & (some >= 0) & (vectors >= 0)).sum(axis=-1)
        is_near = (asked == changes) & (differs.sum(axis=-1) == changes)
        found.extend(np.flatnonzero(row) for row in is_near)
    return found
