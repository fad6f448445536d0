"""Linear algebra on the solution of Partial Dual."""

import numpy as np
import scipy.sparse.linalg


def to_principal_axes(row_factors, column_factors):
    """Fixes the rotation Q that U R^T = (U Q) (R Q)^T leaves open.

    Axes are the principal axes of R, largest first; signs are such that the
    entry of largest size in each column of U is positive.

    Args:
        row_factors: U, float `[d, r]`.
        column_factors: R, float `[T, r]`.

    Returns:
        `(U Q, R Q)`.
    """
    _, axes = np.linalg.eigh(column_factors.T @ column_factors)
    axes = axes[:, ::-1]  # Largest first.
    turned = row_factors @ axes
    peaks = np.argmax(np.abs(turned), axis=0)
    signs = turned[peaks, np.arange(axes.shape[1])]
    axes = axes * np.where(signs < 0.0, -1.0, 1.0)
    return row_factors @ axes, column_factors @ axes


def spectral_norm(matrix, seed):
    """The largest singular value of a sparse matrix.

    Args:
        matrix: `scipy.sparse` matrix.
        seed: Of the starting vector of the Lanczos iteration.

    Returns:
        float.
    """
    if min(matrix.shape) == 1 or matrix.nnz == 0:
        return float(scipy.sparse.linalg.norm(matrix))
    start = np.random.default_rng(seed).normal(size=min(matrix.shape))
    (value,) = scipy.sparse.linalg.svds(
        matrix, k=1, v0=start, return_singular_vectors=False
    )
    return float(value)
