"""Vectors of customers who join after a designer was trained."""

import numpy as np

from tfcompat.training.item_codes import encode_items

_NEGATIVES = 3  # Random ones, and others' outfits, for each liked outfit.


def learn_new_customers(
    designer, images, pairs, others, customers, *, seed=0, **settings
):
    """Learns new customers' vectors from what they liked and disliked.

    The negatives are those of training: for each liked outfit its query with
    random items, outfits that others liked, and one that the customer
    disliked, if there is one.

    Args:
        designer: Built `Designer` with `CustomerVectors`.
        images: `ImageStore` of the wardrobe's items.
        pairs: `DesignPairs` of the new customers.
        others: `DesignPairs` of other customers.
        customers: int `[n]`, customer rows in `pairs`, each once.
        seed: Of the negatives.
        **settings: Passed to `Designer.fold_in`.

    Returns:
        float32 `[n, d]`, in the order of `customers`.

    Raises:
        ValueError: If the designer's customers have no vectors.
    """
    random = np.random.default_rng(seed)
    place = {customer: i for i, customer in enumerate(customers)}
    count = len(pairs)
    shape = (count, _NEGATIVES)
    other = random.integers(len(others), size=shape)
    disliked = _draw_disliked(pairs, random)
    has_disliked = disliked >= 0
    query = np.concatenate(
        [
            np.repeat(pairs.query[:, None], 1 + _NEGATIVES, axis=1),
            others.query[other],
            np.where(
                has_disliked,
                np.append(pairs.disliked_query, 0)[disliked],
                pairs.query,
            )[:, None],
        ],
        axis=1,
    )
    drawn = random.choice(pairs.targets, (count, _NEGATIVES + 1))
    target = np.concatenate(
        [
            pairs.target[:, None],
            drawn[:, 1:],
            others.target[other],
            np.where(
                has_disliked,
                np.append(pairs.disliked_target, 0)[disliked],
                drawn[:, 0],
            )[:, None],
        ],
        axis=1,
    )
    codes = encode_items(
        designer.encoder, images, np.stack([query, target]).ravel()
    ).reshape(2, *query.shape, -1)
    outfits = codes[0] * codes[1]  # [p, 1 + k, d]
    return designer.fold_in(
        outfits[:, 0],
        outfits[:, 1:],
        np.array([place[customer] for customer in pairs.customer], "int32"),
        len(customers),
        **settings,
    ).numpy()


def _draw_disliked(pairs, random):
    """int `[p]`: row of a pair that the same customer disliked, or -1."""
    start = np.searchsorted(pairs.disliked_customer, pairs.customer, "left")
    end = np.searchsorted(pairs.disliked_customer, pairs.customer, "right")
    draw = start + random.integers(0, np.maximum(end - start, 1))
    return np.where(end > start, draw, -1)
