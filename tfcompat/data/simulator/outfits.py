"""What simulated customers would wear, and questions to be answered."""

import numpy as np
import pandas as pd

from tfcompat.data.simulator.streams import stream

_TRIED = 8
_LAYERED_TRIED, _TRIED_BY_LAYERS = 16, 64
_CANDIDATES = 4


def draw_outfits(world, tops, bottoms, pair_votes, seed):
    """Lets every customer put one outfit together.

    Each tries eight random pairs and keeps the first that is liked and that
    has not been voted on, if there is one.

    Args:
        world: `World`.
        tops: int array, rows of the queries.
        bottoms: int array, rows of the candidates.
        pair_votes: Frame as `draw_pair_votes` returns it.
        seed: Seed of the world.

    Returns:
        `pd.DataFrame` of int `outfit`, `customer`, `item`: two rows an outfit.
    """
    count = len(world.customers)
    draws = [stream(seed, "outfit", customer) for customer in range(count)]
    query = np.array([random.choice(tops, _TRIED) for random in draws])
    candidate = np.array([random.choice(bottoms, _TRIED) for random in draws])
    chance = np.array([random.random(_TRIED) for random in draws])
    customer = np.broadcast_to(np.arange(count)[:, None], query.shape)
    kept = chance < world.pair_probability(customer, query, candidate)
    kept &= ~_voted(pair_votes, customer, query, candidate)
    owner = np.flatnonzero(kept.any(axis=1))
    first = kept.argmax(axis=1)[owner]
    items = np.stack([query[owner, first], candidate[owner, first]], axis=1)
    return pd.DataFrame(
        {
            "outfit": np.repeat(np.arange(len(owner)), 2),
            "customer": np.repeat(owner, 2),
            "item": items.ravel(),
        }
    )


def draw_stylist_outfits(world, tops, bottoms, count, seed):
    """Lets stylists put outfits together, for nobody in particular.

    Each time a stylist has one top and eight bottoms and takes the bottom
    that matches best. As in PSA-Net (IV-A.1), no bad pair is ever named.

    Args:
        world: `World`.
        tops: int array, rows of the queries.
        bottoms: int array, rows of the candidates.
        count: Number of outfits.
        seed: Seed of the world.

    Returns:
        `pd.DataFrame` of int `outfit`, `customer` (-1 = nobody), `item`: two
        rows an outfit.
    """
    random = stream(seed, "stylists")
    top = random.choice(tops, count)
    offered = random.choice(bottoms, (count, _TRIED))
    best = world.stylist_score(top[:, None], offered).argmax(axis=1)
    items = np.stack([top, offered[np.arange(count), best]], axis=1)
    return pd.DataFrame(
        {
            "outfit": np.repeat(np.arange(count), 2),
            "customer": -1,
            "item": items.ravel(),
        }
    )


def draw_layered_outfits(world, layers, count, seed):
    """Lets stylists put whole outfits together, an item of each layer.

    Each time a stylist tries sixteen outfits and takes the one whose pairs
    match best, all together; 64 where what matches depends on the layers, for
    then it is by two or three things at once that a good one stands out.

    Args:
        world: `World`.
        layers: List of int arrays, the rows of each layer's items.
        count: Number of outfits.
        seed: Seed of the world.

    Returns:
        `pd.DataFrame` of int `outfit`, `customer` (-1 = nobody), `item`: as
        many rows an outfit as there are layers.
    """
    random = stream(seed, "layered outfits")
    tries = _LAYERED_TRIED if world.layers is None else _TRIED_BY_LAYERS
    tried = np.stack(
        [random.choice(layer, (count, tries)) for layer in layers],
        axis=-1,
    )  # [outfits, tried, layers]
    score = outfit_score(world, tried)
    best = tried[np.arange(count), score.argmax(axis=1)]
    return pd.DataFrame(
        {
            "outfit": np.repeat(np.arange(count), len(layers)),
            "customer": -1,
            "item": best.ravel(),
        }
    )


def outfit_score(world, items):
    """How well the items of outfits match in the eyes of a stylist.

    Args:
        world: `World`.
        items: int `[..., items]`, rows of each outfit's items.

    Returns:
        float64 `[...]`, the sum over all pairs.
    """
    first, second = np.triu_indices(items.shape[-1], 1)
    scores = world.layered_score(items[..., first], items[..., second])
    return scores.sum(axis=-1)


def draw_questions(world, tops, bottoms, pair_votes, seed):
    """Makes fill-in-the-blank questions: one liked bottom among four.

    Every customer is shown one top with sixteen bottoms and asked about each;
    the question is the first one liked and the first three disliked that have
    not been voted on. A customer with too few of either gets no question.

    Args:
        world: `World`.
        tops: int array, rows of the queries.
        bottoms: int array, rows of the candidates.
        pair_votes: Frame as `draw_pair_votes` returns it.
        seed: Seed of the world.

    Returns:
        `pd.DataFrame` of int `question`, `customer`, `query`, `candidate`,
        `label` (1 or 0): four rows a question.
    """
    rows = []
    shown = min(_CANDIDATES**2, len(bottoms))
    for customer in range(len(world.customers)):
        random = stream(seed, "question", customer)
        query = random.choice(tops)
        candidate = random.choice(bottoms, shown, replace=False)
        chance = random.random(shown)
        place = random.integers(_CANDIDATES)
        liked = chance < world.pair_probability(customer, query, candidate)
        rows.append((customer, query, candidate, liked, place))
    customer = np.array([row[0] for row in rows])[:, None]
    query = np.array([row[1] for row in rows])[:, None]
    fresh = ~_voted(
        pair_votes, customer, query, np.array([row[2] for row in rows])
    )
    parts = []
    for (owner, top, candidate, liked, place), new in zip(
        rows, fresh, strict=True
    ):
        good = candidate[liked & new][:1]
        bad = candidate[~liked & new][: _CANDIDATES - 1]
        if len(good) == 1 and len(bad) == _CANDIDATES - 1:
            choices = np.insert(bad, place, good)
            label = np.arange(_CANDIDATES) == place
            number = np.full(_CANDIDATES, len(parts))
            parts.append(
                np.stack(
                    [
                        number,
                        number * 0 + owner,
                        number * 0 + top,
                        choices,
                        label,
                    ]
                )
            )
    columns = ["question", "customer", "query", "candidate", "label"]
    table = np.hstack(parts).T if parts else np.empty((0, len(columns)), int)
    return pd.DataFrame(table, columns=columns)


def _voted(pair_votes, customer, query, candidate):
    """Whether each (customer, query, candidate) is among the votes."""
    count = 1 + max(pair_votes["query"].max(), pair_votes["candidate"].max())
    count = max(count, 1 + np.max(query), 1 + np.max(candidate))

    def key(customer, query, candidate):
        return (customer.astype(np.int64) * count + query) * count + candidate

    return np.isin(
        key(customer, query, candidate),
        key(*pair_votes[["customer", "query", "candidate"]].to_numpy().T),
    )
