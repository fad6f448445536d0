"""The manifold of positive semi-definite matrices of trace one and rank r."""

import numpy as np
from pymanopt.manifolds import Sphere


class Spectrahedron(Sphere):
    """Unit-norm U `[d, r]` where U and U Q stand for the same U U^T.

    The sphere alone leaves flat directions U * skew, along which U U^T does
    not change: they make the Hessian singular and mislead second-order
    methods. Tangent vectors here are horizontal, without these directions.

    Args:
        num_rows: d.
        rank: r, between 1 and d.

    Reference:
        Journee, Bach, Absil and Sepulchre 2010, section 4,
        https://arxiv.org/abs/0807.4423.
    """

    def __init__(self, num_rows, rank):
        super().__init__(num_rows, rank)
        self._name = f"Spectrahedron of {num_rows}x{num_rows} of rank {rank}"
        self._dimension = num_rows * rank - 1 - rank * (rank - 1) // 2

    def projection(self, point, vector):
        """Orthogonal projection of an ambient vector to horizontal ones."""
        vector = super().projection(point, vector)
        # Solves S (U^T U) + (U^T U) S = U^T V - V^T U for the skew S.
        scales, basis = np.linalg.eigh(point.T @ point)
        inner = basis.T @ (point.T @ vector) @ basis
        sums = scales[:, None] + scales
        # Where U has lost rank the direction U S is zero and S is free.
        degenerate = sums <= np.finfo(float).eps * scales[-1]
        skew = np.where(
            degenerate, 0.0, (inner - inner.T) / np.where(degenerate, 1.0, sums)
        )
        return vector - point @ (basis @ skew @ basis.T)

    to_tangent_space = projection
