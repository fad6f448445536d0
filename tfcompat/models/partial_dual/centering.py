"""What is taken off the ratings before the low-rank part is fitted."""

import dataclasses
import math

import numpy as np

CENTERS = ("biases", "mean", None)
# Rows and columns in turn; more sweeps move biases by less than their noise.
_SWEEPS = 5


@dataclasses.dataclass(frozen=True)
class Centering:
    """An offset of every rating: mean + row bias + column bias.

    Attributes:
        mean: Mean rating, or 0.
        row_biases: float `[d]`.
        column_biases: float `[T]`.
        column_damping: Pseudo-count by which a column's bias is shrunk;
            infinite where there are no biases.
    """

    mean: float
    row_biases: np.ndarray
    column_biases: np.ndarray
    column_damping: float

    def offsets(self, rows, columns):
        """The offsets of rated pairs, float `[n]`."""
        return self.mean + self.row_biases[rows] + self.column_biases[columns]

    def biases_of_columns(self, rows, columns, ratings, num_columns):
        """Biases of columns that were not there when this was fitted.

        Given a fitted column's own ratings, this is that column's bias.

        Args:
            rows: int `[n]`.
            columns: int `[n]`, values in `[0, num_columns)`.
            ratings: float `[n]`.
            num_columns: Number of new columns.

        Returns:
            float `[num_columns]`; 0 for a column without ratings.
        """
        rest = ratings - self.mean - self.row_biases[rows]
        return _damped_means(columns, rest, num_columns, self.column_damping)


def fit_centering(center, rows, columns, ratings, shape):
    """Estimates the offsets of `center` from ratings.

    With "biases", means are damped: bias = sum of what is left / (count + k).
    The pseudo-count k = variance within / variance between groups, estimated
    for rows and for columns by one-way analysis of variance, makes the bias
    the posterior mean of a normal random effect; so it fits +-1 votes and
    1-5 stars without a setting. Rows and columns are estimated in turn, the
    columns last.

    Args:
        center: One of `CENTERS`.
        rows: int `[n]`.
        columns: int `[n]`.
        ratings: float `[n]`.
        shape: `(num_rows, num_columns)`.

    Returns:
        `Centering`.

    Reference:
        Koren 2008, section 2.1, https://doi.org/10.1145/1401890.1401944, for
        the biases; Searle, Casella and McCulloch 1992, *Variance components*,
        section 3.6, for the unbalanced analysis of variance.
    """
    num_rows, num_columns = shape
    row_biases, column_biases = np.zeros(num_rows), np.zeros(num_columns)
    if center is None:
        return Centering(0.0, row_biases, column_biases, math.inf)
    mean = float(np.mean(ratings))
    if center == "mean":
        return Centering(mean, row_biases, column_biases, math.inf)
    rest = ratings - mean
    row_damping = _damping(rows, rest, num_rows)
    column_damping = _damping(columns, rest, num_columns)
    for _ in range(_SWEEPS):
        row_biases = _damped_means(
            rows, rest - column_biases[columns], num_rows, row_damping
        )
        column_biases = _damped_means(
            columns, rest - row_biases[rows], num_columns, column_damping
        )
    return Centering(mean, row_biases, column_biases, column_damping)


def _damped_means(groups, values, num_groups, damping):
    sums = np.bincount(groups, values, minlength=num_groups)
    counts = np.bincount(groups, minlength=num_groups)
    return sums / np.maximum(counts + damping, np.finfo(float).tiny)


def _damping(groups, values, num_groups):
    """Variance within groups over variance between them."""
    counts = np.bincount(groups, minlength=num_groups)
    sums = np.bincount(groups, values, minlength=num_groups)[counts > 0]
    counts = counts[counts > 0]
    total = len(values)
    if len(counts) < 2 or len(counts) == total:
        return math.inf  # Nothing to tell groups from noise by.
    explained = np.sum(sums**2 / counts)
    within = (np.vdot(values, values) - explained) / (total - len(counts))
    spread = explained - np.sum(sums) ** 2 / total
    size = total - np.sum(counts.astype(float) ** 2) / total
    between = (spread - (len(counts) - 1) * within) / size
    return max(within, 0.0) / between if between > 0.0 else math.inf
