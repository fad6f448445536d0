"""Votes as flat NumPy columns."""

import numpy as np


def flatten_votes(labels, scores, customers=None):
    """Checks votes and lays them out one after another.

    Args:
        labels: `[...]`, any shape: 1 or True for compatible, 0 for not.
        scores: Like `labels`; may be infinite.
        customers: Integers, one for each label or for each row of `labels`;
            negative if unknown. None makes all votes customer 0's.

    Returns:
        labels int64, scores float64 and customers, all `[num_votes]`, without
        the votes of unknown customers.

    Raises:
        ValueError: If shapes do not fit, a label is not 0 or 1, a score is
            NaN, or customers are not integers.
    """
    labels, scores = np.asarray(labels), np.asarray(scores, np.float64)
    if labels.shape != scores.shape:
        raise ValueError(
            "`labels` and `scores` must have one shape, got "
            f"{labels.shape} and {scores.shape}."
        )
    wrong = labels[(labels != 0) & (labels != 1)]
    if wrong.size:
        raise ValueError(f"`labels` must be 0 or 1, got {wrong[0]}.")
    if np.isnan(scores).any():
        raise ValueError(f"`scores` has {np.isnan(scores).sum()} NaN.")
    if customers is None:
        customers = np.zeros(labels.shape, np.int8)
    customers = np.asarray(customers)
    if customers.shape not in (labels.shape, labels.shape[:1]):
        raise ValueError(
            f"`customers` must have shape {labels.shape} or "
            f"{labels.shape[:1]}, got {customers.shape}."
        )
    if not np.issubdtype(customers.dtype, np.integer):
        raise ValueError(
            f"`customers` must be integers, got {customers.dtype}."
        )
    if customers.ndim < labels.ndim:
        customers = np.repeat(customers, labels[0].size if len(labels) else 0)
    columns = labels.astype(np.int64), scores, customers
    known = customers.ravel() >= 0
    return tuple(column.ravel()[known] for column in columns)
