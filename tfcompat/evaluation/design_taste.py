"""Whether designs follow their customer's true taste, where it is known."""

import numpy as np

from tfcompat.data.simulator.traits import FEATURES
from tfcompat.evaluation.garment_eyes import SEEN

_COLUMNS = [FEATURES.index(name) for name in SEEN]


def measure_taste(
    designer,
    world,
    eyes,
    pairs,
    images,
    *,
    most_queries=16,
    most_customers=96,
    batch_size=64,
    seed=0,
):
    """How far designs for one query differ as their customers' tastes do.

    Some customers each get a design for the same few queries. What a design
    looks like is compared with what its customer truly wants with the query:
    the mean look of all real items, each weighed by the true probability that
    this customer likes it there. Both are taken relative to the mean of all
    customers of the query, so that only what is personal counts.

    Args:
        designer: Model from inputs of `make_query_dataset` to designs; None
            takes the real item that each customer truly likes best with the
            query in place of a design, which is the most one could wish for.
        world: `World` of the wardrobe.
        eyes: `GarmentEyes`.
        pairs: `DesignPairs` that queries and customers are drawn from.
        images: `ImageStore` at the designer's image size.
        most_queries: How many queries to draw at most.
        most_customers: How many customers to draw at most. What is measured
            is between customers, so that more of them tell more than queries.
        batch_size: Designs at a time.
        seed: Of the draw.

    Returns:
        Dict of one correlation for each of `SEEN`, in [-1, 1]; 0 if designs
        do not depend on the customer at all. "direction" is the mean of all,
        "colour" that of the first four; each has its standard error as
        "_deviation", by leaving out one customer at a time; it does not know
        how another training would differ, whose decoder starts out heeding
        customers in another arbitrary way. "queries" and "customers" are how
        many there were.
    """
    random = np.random.default_rng(seed)
    queries, customers = (
        np.sort(random.choice(some, min(len(some), most), replace=False))
        for some, most in (
            (np.unique(pairs.query), most_queries),
            (np.unique(pairs.customer), most_customers),
        )
    )
    shape = (len(queries), len(customers))
    asked = np.repeat(queries, len(customers)).astype("int32")
    asking = np.tile(customers, len(queries)).astype("int32")
    if designer is None:
        rows = _best_items(world, queries, customers, pairs.targets)
        parts = _parted(rows, batch_size)
        shown = [images.batch(part).numpy() for part in parts]
    else:
        shown = [
            designer.predict_on_batch(
                {"query": images.batch(query), "customer": customer}
            )
            for query, customer in zip(
                _parted(asked, batch_size),
                _parted(asking, batch_size),
                strict=True,
            )
        ]
    designs = np.concatenate(shown)
    looks = eyes.read(designs).reshape(*shape, -1)
    wanted = wanted_looks(world, queries, customers, pairs.targets)
    everybody = np.arange(len(customers))
    numbers = _agreements(looks, wanted)
    without = [
        _agreements(looks[:, everybody != one], wanted[:, everybody != one])
        for one in everybody
    ]
    deviations = {
        f"{name}_deviation": jackknife([part[name] for part in without])
        for name in numbers
    }
    return {
        **numbers,
        **deviations,
        "queries": len(queries),
        "customers": len(customers),
    }


def _best_items(world, queries, customers, targets):
    """Item rows `[q * c]` of what each customer truly likes best."""
    chance = np.stack(
        [
            world.pair_probability(customers[:, None], query, targets)
            for query in queries
        ]
    )  # [q, c, t]
    return targets[chance.argmax(axis=-1)].reshape(-1).astype("int32")


def _parted(rows, size):
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def wanted_looks(world, queries, customers, targets):
    """What customers truly want with queries.

    Args:
        world: `World`.
        queries: int `[q]` item rows.
        customers: int `[c]` customer rows.
        targets: int `[t]` item rows, what there is to want.

    Returns:
        float64 `[q, c, 5]`, columns as `SEEN`: the mean over the targets,
        weighed by the true probability of a like.
    """
    looks = world.traits.features()[targets][:, _COLUMNS]
    wanted = []
    for query in queries:
        chance = world.pair_probability(customers[:, None], query, targets)
        chance /= chance.sum(axis=1, keepdims=True)  # [c, t]
        wanted.append(chance @ looks)
    return np.stack(wanted)


def jackknife(values):
    """Standard error of a number.

    Args:
        values: `[n]`: what the number is without each one of n.

    Returns:
        float.
    """
    return float(np.sqrt((len(values) - 1) * np.var(values)))


def _agreements(looks, wanted):
    """Correlation of each of `SEEN`, and their means."""
    numbers = {
        name: _agreement(looks[..., i], wanted[..., i])
        for i, name in enumerate(SEEN)
    }
    each = list(numbers.values())
    return {
        **numbers,
        "colour": float(np.mean(each[:4])),
        "direction": float(np.mean(each)),
    }


def _agreement(looks, wanted):
    """Correlation of `[q, c]` numbers, each row around its own mean."""
    looks = looks - looks.mean(axis=1, keepdims=True)
    wanted = wanted - wanted.mean(axis=1, keepdims=True)
    size = np.sqrt(np.sum(looks**2) * np.sum(wanted**2))
    # Designs that are alike but for rounding have no direction.
    if np.abs(looks).max() < 1e-6 or size == 0:
        return 0.0
    return float(np.sum(looks * wanted) / size)
