"""How well changed attributes are found: Top-k accuracy and three NDCGs."""

import numpy as np


def evaluate_changes(found, targets, changed):
    """Measures the k items found for each query of changed attributes.

    A query is a hit if any of its k items has the whole target. An item at
    rank j gains `(2^rel - 1) / log(j + 1)`, and each NDCG is the list's gain
    over that of a list of nothing but right items:

    - "ndcg": rel is the share of all attributes that match the target;
    - "ndcg_target": 1 if what was to change has changed, all of it;
    - "ndcg_other": the share that match of those that were to stay.

    A perfect list scores 1. The supplementary material says zero, but its own
    formula, followed here, gives one.

    Args:
        found: int `[queries, k, A]`, labels of what was found, best first.
        targets: int `[queries, A]`, labels that are looked for.
        changed: bool `[queries, A]`, which of them differ from the query's.

    Returns:
        Dict of float: "top_k_accuracy", "ndcg", "ndcg_target", "ndcg_other",
        means over queries; where every attribute changes, none is left for
        the last, and the query is left out of it.

    Raises:
        ValueError: If shapes do not agree, there is no query, or one changes
            nothing.

    Reference:
        ADDE, eq. 8; released evaluation (facts.md, 1.5).
    """
    found, targets, changed = map(np.asarray, (found, targets, changed))
    if (
        found.ndim != 3
        or targets.shape != changed.shape
        or (
            found.shape[0],
            found.shape[2],
        )
        != targets.shape
    ):
        raise ValueError(
            "`found` must be [queries, k, A], `targets` and `changed` "
            f"[queries, A], got {found.shape}, {targets.shape} and "
            f"{changed.shape}."
        )
    if not len(found) or not found.shape[1]:
        raise ValueError("`found` is empty.")
    if not changed.any(axis=1).all():
        raise ValueError("`changed` holds a query that changes nothing.")
    matches = found == targets[:, None]  # [q, k, A]
    stays = ~changed
    num_staying = stays.sum(axis=1)
    others = (matches & stays[:, None]).sum(axis=-1)
    has_others = num_staying > 0
    return {
        "top_k_accuracy": float(matches.all(axis=-1).any(axis=-1).mean()),
        "ndcg": _ndcg(matches.mean(axis=-1)),
        "ndcg_target": _ndcg((matches | stays[:, None]).all(axis=-1)),
        "ndcg_other": _ndcg(others[has_others] / num_staying[has_others, None]),
    }


def _ndcg(relevance):
    """Mean of gains over those of all-right lists; `[q, k]` to float."""
    if not len(relevance):
        return float("nan")
    ranks = np.arange(1, relevance.shape[1] + 1)
    discounts = 1.0 / np.log(ranks + 1.0)  # The base cancels.
    gains = (2.0 ** relevance.astype(float) - 1.0) @ discounts
    return float(gains.mean() / discounts.sum())
