"""Customer-averaged metrics, beside a loop over scikit-learn."""

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from benchmarks.measuring import Peak, interleave, timed
from benchmarks.row import Row
from tfcompat.metrics.vote_report import evaluate_votes

_PER_CUSTOMER = 100


def run(scratch, small):
    """Rows of seconds for all metrics of a set of votes."""
    sizes = (1000, 10_000) if small else (10_000, 100_000, 1_000_000)
    for size in sizes:
        yield _measure(size)


def _measure(size):
    random = np.random.default_rng(0)
    customers = random.integers(0, size // _PER_CUSTOMER, size)
    labels = (random.random(size) < 0.4).astype(int)
    scores = random.normal(size=size) + labels
    order = np.argsort(customers, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(customers[order])) + 1)

    def loop():
        values = [
            (
                roc_auc_score(labels[part], scores[part]),
                average_precision_score(labels[part], scores[part]),
            )
            for part in parts
        ]
        return np.mean(values, axis=0)

    with Peak() as peak:
        found = evaluate_votes(labels, scores, customers)["customer"]
    best = interleave(
        {"ours": lambda: evaluate_votes(labels, scores, customers)}, rounds=3
    )["ours"]
    values = []
    theirs = timed(lambda: values.extend(loop()))
    np.testing.assert_allclose(
        values, [found["roc_auc"], found["auprc"]], rtol=1e-9
    )
    return Row(
        f"four metrics, overall and by customer: {size:,} votes of "
        f"{len(parts):,} customers",
        "s",
        best,
        "ROC AUC and AUPRC by a loop over scikit-learn",
        theirs,
        theirs / best,
        ">= 20",
        peak.megabytes,
        "Both give the same two numbers; ours gives the other two metrics, and "
        "all four over all votes, besides.",
        series="evaluation: ours",
        size=size,
        seconds=best,
    )
