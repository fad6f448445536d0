"""Pairs to learn from where only whole outfits are known."""

import numpy as np

from tfcompat.data.errors import InputError
from tfcompat.data.questions import Questions


def questions_from_stylists(outfits, groups, *, seed=0):
    """Makes labelled pairs of the outfits that stylists put together.

    Every two items of an outfit from different groups go together. Stylists
    name no bad pairs (a rejected outfit may hold good ones), so for each good
    pair a random item of the candidate's group takes the candidate's place.

    Args:
        outfits: `Wardrobe.outfits`; those of a customer are left out.
        groups: int `[items]`, the group of each item.
        seed: Decides the random items.

    Returns:
        `Questions` `[n, 1]` of no customer; half of them compatible.

    Raises:
        InputError: If no outfit of a stylist has items of two groups.

    Reference:
        PSA-Net, section IV-A.1.
    """
    rows = outfits[outfits["customer"] < 0][["outfit_id", "item"]]
    pairs = rows.merge(rows, on="outfit_id", suffixes=("_query", "_candidate"))
    query = pairs["item_query"].to_numpy()
    candidate = pairs["item_candidate"].to_numpy()
    # Each unordered pair once, asked from the later group's name to the
    # earlier one's, as top to bottom.
    kept = groups[query] > groups[candidate]
    query, candidate = query[kept], candidate[kept]
    if not len(query):
        raise InputError(
            "outfits.csv: holds no outfit without a customer_id that has "
            "items of two groups; votes=stylists learns from those."
        )
    random = np.random.default_rng(seed)
    other = np.empty_like(candidate)
    for group in np.unique(groups[candidate]):
        asked = groups[candidate] == group
        other[asked] = random.choice(
            np.flatnonzero(groups == group), asked.sum()
        )
    count = len(query)
    return Questions(
        customer=np.full(2 * count, -1),
        query=np.tile(query, 2),
        candidates=np.concatenate([candidate, other])[:, None],
        labels=np.repeat([1.0, 0.0], count)[:, None],
    )
