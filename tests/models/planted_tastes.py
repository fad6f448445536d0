"""A world whose tastes are known: two groups of customers, two of items."""

import numpy as np

NUM_CUSTOMERS, NUM_ITEMS, HISTORY = 40, 60, 30


def make_world():
    """Group g of customers likes the items of group g, and no other.

    Surveys and attributes tell the group, with noise.

    Returns:
        Tuple of the tables for `CustomerItemTowers.from_tables`, the groups of
        customers and those of items.
    """
    generator = np.random.default_rng(7)
    customer_groups = np.arange(NUM_CUSTOMERS) % 2
    item_groups = np.arange(NUM_ITEMS) % 2
    history_items = np.stack(
        [
            generator.permutation(NUM_ITEMS)[:HISTORY]
            for _ in range(NUM_CUSTOMERS)
        ]
    )
    likes = item_groups[history_items] == customer_groups[:, None]
    tables = {
        "survey": make_features(customer_groups, 3, generator),
        "history_items": history_items.astype("int32"),
        "history_votes": np.where(likes, 1, -1).astype("int8"),
        "category": np.zeros(NUM_ITEMS, "int32"),
        "brand": np.full(NUM_ITEMS, -1, "int32"),
        "attributes": make_features(item_groups, 4, generator),
        "visual": np.zeros((NUM_ITEMS, 0), "float32"),
    }
    return tables, customer_groups, item_groups


def make_features(groups, width, generator):
    """Noise, shifted by the group in the first dimension."""
    features = generator.normal(size=(len(groups), width)) * 0.5
    features[:, 0] += 2.0 * groups - 1.0
    return features.astype("float32")


def make_votes(tables):
    """All votes as one batch of `(inputs, ratings)`."""
    items, votes = tables["history_items"], tables["history_votes"]
    customers = np.repeat(np.arange(len(items)), items.shape[1])
    inputs = {"customer": customers.astype("int32"), "item": items.ravel()}
    return inputs, (votes.ravel() > 0).astype("float32")
