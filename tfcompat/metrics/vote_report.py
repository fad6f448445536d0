"""All of PSA-Net's metrics of one evaluation, as plain numbers."""

import math

import numpy as np

from tfcompat.metrics.ranked_votes import RankedVotes, summarise


def evaluate_votes(labels, scores, customers):
    """Computes what `tfcompat evaluate` prints about votes.

    Args:
        labels: `[...]`, any shape: 1 or True for compatible, 0 for not.
        scores: Like `labels`; higher is more compatible.
        customers: Integers, one for each label or for each row of `labels`.
            Negative is an unknown customer: such votes count overall and for
            no customer.

    Returns:
        dict, ready for JSON: "count", the number of votes;
        "votes_of_known_customers", how many of those there are; "overall"
        and "customer", each with floats "roc_auc", "auprc",
        "recall_at_50_percent" and "average_precision_at_10" in [0, 1], None
        where undefined; "customers_counted" and "customers_skipped", for each
        of these four, over how many customers "customer" is the mean and how
        many have no value.

    Raises:
        ValueError: As `RankedVotes` does.
    """
    together = RankedVotes(labels, scores)
    by_customer = RankedVotes(labels, scores, customers)
    overall = {
        name: summarise(values, None)
        for name, values in _metrics(together).items()
    }
    averages = {
        name: summarise(values, customers)
        for name, values in _metrics(by_customer).items()
    }
    return {
        "count": int(np.size(labels)),
        "votes_of_known_customers": int(by_customer.votes.sum()),
        "overall": {name: _or_none(x) for name, x in overall.items()},
        "customer": {name: _or_none(x.mean) for name, x in averages.items()},
        "customers_counted": {name: x.counted for name, x in averages.items()},
        "customers_skipped": {name: x.skipped for name, x in averages.items()},
    }


def _metrics(ranked):
    return {
        "roc_auc": ranked.roc_auc(),
        "auprc": ranked.auprc(),
        "recall_at_50_percent": ranked.recall_at_percent(50),
        "average_precision_at_10": ranked.averaged_precision_at_k(10),
    }


def _or_none(value):
    """JSON knows no NaN."""
    return None if math.isnan(value) else value
