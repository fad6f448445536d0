"""Triplets that are alike in one attribute."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class ConditionalTriplets:
    """An anchor, an item alike in one attribute, and one that is not.

    Attributes:
        anchor: int32 `[n]`, item rows.
        positive: int32 `[n]`, items of the same value.
        negative: int32 `[n]`, items of another value.
        attribute: int32 `[n]`, in which attribute.
    """

    anchor: np.ndarray
    positive: np.ndarray
    negative: np.ndarray
    attribute: np.ndarray

    def __len__(self):
        return len(self.anchor)


def draw_conditional_triplets(labels, rows, *, seed=0):
    """Draws one triplet for each item and each attribute known of it.

    Args:
        labels: `AttributeLabels`.
        rows: int array, the items to draw from.
        seed: Decides the draws.

    Returns:
        `ConditionalTriplets`. A value that one item alone has, or that all
        have, gives none.

    Raises:
        ValueError: If no triplet can be made.

    Reference:
        ADDE, supplementary material, "Conditional similarity retrieval".
    """
    random = np.random.default_rng(seed)
    rows = np.asarray(rows, "int32")
    parts = []
    for attribute in range(len(labels.names)):
        column = labels.labels[rows, attribute]
        # Sorted by value, the unknown first and cut off.
        order = np.argsort(column, kind="stable")
        order = order[column[order] >= 0]
        column = column[order]
        count = len(order)
        first = np.searchsorted(column, column, "left")
        size = np.searchsorted(column, column, "right") - first
        usable = np.flatnonzero((size > 1) & (size < count))
        first, size = first[usable], size[usable]
        # Skipping 1 to size - 1 places ahead never lands on the item itself.
        skip = 1 + (random.random(len(usable)) * (size - 1)).astype(int)
        positive = first + (usable - first + skip) % size
        skip = (random.random(len(usable)) * (count - size)).astype(int)
        negative = (first + size + skip) % count
        parts.append(
            (
                rows[order[usable]],
                rows[order[positive]],
                rows[order[negative]],
                np.full(len(usable), attribute, "int32"),
            )
        )
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    if not len(columns[0]):
        raise ValueError("No two items are alike in an attribute others lack.")
    return ConditionalTriplets(*columns)
