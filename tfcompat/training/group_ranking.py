"""The items of a group that go best with one item."""

import numpy as np


def rank_group(wardrobe, query, group, score, k=10):
    """Ranks all items of a group but the query itself.

    Args:
        wardrobe: `Wardrobe`.
        query: Row of the query item.
        group: Name of the group to choose from.
        score: Function from int `[n]` item rows to float `[n]` scores.
        k: Length of the list.

    Returns:
        Tuple of int `[k]` item rows, best first, of equal ones the first, and
        float `[k]` scores; shorter where the group has fewer items.

    Raises:
        ValueError: If the wardrobe has no such group.
    """
    if group not in wardrobe.groups:
        raise ValueError(
            f"`group` must be one of {', '.join(wardrobe.groups)}, got "
            f"{group!r}."
        )
    rows = np.flatnonzero(wardrobe.items["group"] == group)
    rows = rows[rows != query]
    scores = score(rows)
    best = np.argsort(-scores, kind="stable")[:k]
    return rows[best], scores[best]
