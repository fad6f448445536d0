"""Votes of simulated customers."""

import numpy as np
import pandas as pd

from tfcompat.data.progress import progress
from tfcompat.data.simulator.streams import stream


def draw_item_votes(world, per_customer, seed):
    """Lets every customer vote on items drawn without replacement.

    Args:
        world: `World`.
        per_customer: Votes of each customer, at most the number of items.
        seed: Seed of the world.

    Returns:
        `pd.DataFrame` of int rows `customer`, `item`, and `vote` (1 or -1).
    """
    items, chances = [], []
    customers = range(len(world.customers))
    for customer in progress(customers, "Voting on items", unit="customer"):
        random = stream(seed, "item vote", customer)
        items.append(
            random.choice(len(world.traits), per_customer, replace=False)
        )
        chances.append(random.random(per_customer))
    customer = np.repeat(np.arange(len(customers)), per_customer)
    item = np.concatenate(items)
    liked = np.concatenate(chances) < world.item_probability(customer, item)
    return pd.DataFrame(
        {"customer": customer, "item": item, "vote": np.where(liked, 1, -1)}
    )


def draw_pair_votes(world, tops, bottoms, per_customer, seed):
    """Lets every customer vote on distinct pairs of a top and a bottom.

    The notions are centred over random pairs and the likes over the items, so
    half of the votes are positive up to chance; no intercept is needed.

    Args:
        world: `World`.
        tops: int array, rows of the queries.
        bottoms: int array, rows of the candidates.
        per_customer: Votes of each customer, at most the number of pairs.
        seed: Seed of the world.

    Returns:
        `pd.DataFrame` of int rows `customer`, `query`, `candidate`, and
        `vote` (1 or -1).
    """
    pairs, chances = [], []
    customers = range(len(world.customers))
    for customer in progress(customers, "Voting on pairs", unit="customer"):
        random = stream(seed, "pair vote", customer)
        pairs.append(
            random.choice(len(tops) * len(bottoms), per_customer, replace=False)
        )
        chances.append(random.random(per_customer))
    customer = np.repeat(np.arange(len(customers)), per_customer)
    pair = np.concatenate(pairs)
    query, candidate = tops[pair // len(bottoms)], bottoms[pair % len(bottoms)]
    probability = world.pair_probability(customer, query, candidate)
    liked = np.concatenate(chances) < probability
    return pd.DataFrame(
        {
            "customer": customer,
            "query": query,
            "candidate": candidate,
            "vote": np.where(liked, 1, -1),
        }
    )
