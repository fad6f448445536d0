"""The starting point: a randomised SVD of the observed ratings."""

import numpy as np

_OVERSAMPLING = 8
# The more rows, the more of them it takes to tell what is common from noise.
_FEWEST_POWERS, _MOST_POWERS = 2, 16
_ENOUGH_GAIN = 0.01
# Relative to the largest singular value.
_LEAST_WEIGHT = 1e-2


def initial_row_factors(ratings, rank, seed):
    """Leading left singular vectors of P_Omega(Y), as a dual variable.

    Were every rating observed, the solution would be U U^T = (W W^T)^(1/2)
    over its trace, so vectors are weighted by the roots of singular values.

    Args:
        ratings: `SparseRatings`, centred.
        rank: Number of vectors r.
        seed: Of the random test matrix.

    Returns:
        `(factors, norm)`: float `[d, r]` of unit Frobenius norm, and the
        nuclear norm of the regression, the scale of the solution's.

    Reference:
        Halko, Martinsson and Tropp 2011, algorithm 4.4,
        https://arxiv.org/abs/0909.4061.
    """
    num_rows, _ = ratings.shape
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(num_rows, min(rank + _OVERSAMPLING, num_rows)))
    found = 0.0
    for power in range(_MOST_POWERS + 1):
        columns = ratings.column_sums(ratings.ratings, rows)
        columns, _ = np.linalg.qr(columns)
        rows = ratings.row_sums(ratings.ratings, columns)
        _, scales, basis = np.linalg.svd(rows, full_matrices=False)
        before, found = found, np.sum(scales[:rank] ** 2)
        if power >= _FEWEST_POWERS and found <= (1 + _ENOUGH_GAIN) * before:
            break
    # The basis of the column space is sound, but the row vectors are long
    # where there are many ratings: a ridge regression of every row on the
    # basis, whose Gram matrix is about density * I, mends that.
    columns = columns @ basis[:rank].T
    systems = ratings.row_grams(columns)
    systems += np.eye(systems.shape[1]) * len(ratings) / np.prod(ratings.shape)
    rows = ratings.row_sums(ratings.ratings, columns)
    rows = np.linalg.solve(systems, rows[..., None])[..., 0]
    vectors, scales, _ = np.linalg.svd(rows, full_matrices=False)
    # A vector of weight zero would stay zero: there the gradient vanishes.
    floor = _LEAST_WEIGHT * scales[0] if scales[0] > 0.0 else 1.0
    weights = np.full(rank, floor)
    weights[: len(scales)] = np.maximum(scales, floor)[:rank]
    factors = rng.normal(size=(num_rows, rank)) / np.sqrt(num_rows)
    factors[:, : vectors.shape[1]] = vectors[:, :rank]
    factors *= np.sqrt(weights)
    # An item without ratings has no embedding.
    factors[np.bincount(ratings.rows, minlength=num_rows) == 0] = 0.0
    return factors / np.linalg.norm(factors), np.sum(scales[:rank])
