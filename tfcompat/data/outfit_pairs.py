"""Pairs of garments that were worn together, for models of nobody's taste."""

import numpy as np

from tfcompat.data.errors import InputError
from tfcompat.data.id_splits import outfit_splits
from tfcompat.data.questions import Questions


def outfit_pairs(wardrobe, parts=("train",)):
    """Every two items of an outfit that are of different groups, both ways.

    All pairs of an outfit are of its part, as `outfit_splits` says.

    Args:
        wardrobe: `Wardrobe`.
        parts: Which parts to take, such as `("train",)`.

    Returns:
        `Questions` `[n, 1]` of no customer, all compatible, in the order of
        the outfits.

    Raises:
        InputError: If no outfit of these parts has items of two groups.
    """
    rows = wardrobe.outfits[["outfit_id", "item"]]
    if len(rows):
        taken = outfit_splits(wardrobe, rows["outfit_id"])
        rows = rows[np.isin(taken, list(parts))]
    pairs = rows.merge(rows, on="outfit_id", suffixes=("_query", "_candidate"))
    query = pairs["item_query"].to_numpy(np.int32)
    candidate = pairs["item_candidate"].to_numpy(np.int32)
    groups = wardrobe.item_groups
    kept = groups[query] != groups[candidate]
    if not kept.any():
        raise InputError(
            f"{wardrobe.folder}: outfits.csv has no outfit with items of two "
            f"groups in {', '.join(parts)}."
        )
    query, candidate = query[kept], candidate[kept]
    return Questions(
        customer=np.full(len(query), -1),
        query=query,
        candidates=candidate[:, None],
        labels=np.ones((len(query), 1)),
    )


def hidden_item_questions(pairs, groups, *, candidates=4, seed=0):
    """Asks which of several items of a group was worn with the query.

    Args:
        pairs: `Questions` `[n, 1]` of `outfit_pairs`.
        groups: int `[items]`, the group of each item.
        candidates: How many to choose from, the right one among them; 0 for
            all items of the group. Where groups asked for differ in size,
            smaller ones then fill up with repeated wrong items.
        seed: Decides the others and the places.

    Returns:
        `Questions` `[n, c]` with one right answer each. Other items that were
        worn with the query elsewhere count as wrong, as usual.
    """
    random = np.random.default_rng(seed)
    right = pairs.candidates[:, 0]
    members = {g: np.flatnonzero(groups == g) for g in set(groups[right])}
    widest = max(map(len, members.values()))
    asked = np.empty((len(pairs), candidates or widest), np.int32)
    for row, answer in enumerate(right):
        others = members[groups[answer]]
        others = others[others != answer]
        if not len(others):
            others = np.array([answer])
        count = asked.shape[1] - 1
        if candidates:
            few = len(others) < count
            others = random.choice(others, count, replace=few)
        else:
            others = np.resize(others, count)
        asked[row] = np.insert(others, random.integers(count + 1), answer)
    labels = asked == right[:, None]
    return Questions(pairs.customer, pairs.query, asked, labels)
