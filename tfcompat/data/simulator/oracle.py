"""How well the true probabilities rank the votes."""

import pandas as pd


def customer_roc_auc(customers, votes, scores):
    """Area under the ROC curve, averaged over customers.

    From the rank sum (Mann and Whitney), ties counting half. Customers whose
    votes are all alike have no curve and are left out.

    Args:
        customers: int array `[votes]`, whose vote it is.
        votes: array `[votes]`, positive where liked.
        scores: float array `[votes]`.

    Returns:
        float in [0, 1], or nan when no customer has both kinds of votes.
    """
    frame = pd.DataFrame(
        {"customer": customers, "liked": votes > 0, "score": scores}
    )
    frame["rank"] = frame.groupby("customer")["score"].rank()
    frame["liked_rank"] = frame["rank"] * frame["liked"]
    sums = frame.groupby("customer").agg(
        liked=("liked", "sum"),
        count=("liked", "size"),
        ranks=("liked_rank", "sum"),
    )
    disliked = sums["count"] - sums["liked"]
    sums = sums[(sums["liked"] > 0) & (disliked > 0)]
    liked, disliked = sums["liked"], sums["count"] - sums["liked"]
    wins = sums["ranks"] - liked * (liked + 1) / 2
    return float((wins / (liked * disliked)).mean())


def measure(world, item_votes, pair_votes):
    """Customer-level ROC AUC of both oracles on the votes drawn.

    Args:
        world: `World`.
        item_votes: Frame as `draw_item_votes` returns it.
        pair_votes: Frame as `draw_pair_votes` returns it.

    Returns:
        Dict of floats: `{item,pair}_{oracle,population}_roc_auc`, and
        `{item,pair}_positive_share`.
    """
    result = {}
    for kind, frame, probability in (
        ("item", item_votes, world.item_probability),
        ("pair", pair_votes, world.pair_probability),
    ):
        rows = [frame[name] for name in frame.columns if name != "vote"]
        rows = [column.to_numpy() for column in rows]
        for name, population in (("oracle", False), ("population", True)):
            result[f"{kind}_{name}_roc_auc"] = customer_roc_auc(
                rows[0], frame["vote"], probability(*rows, population)
            )
        result[f"{kind}_positive_share"] = float((frame["vote"] > 0).mean())
    return {name: round(value, 4) for name, value in result.items()}
