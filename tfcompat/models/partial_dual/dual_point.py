"""Value, gradient and Hessian of the Partial Dual at one point."""

import functools

import numpy as np


class DualPoint:
    """The objective g(U) of Partial Dual and its derivatives at one U.

    With U of unit Frobenius norm and R the ridge solution of every column,

        R_t = (I / (2C) + U_o^T U_o)^-1 U_o^T y_t,   E = P_Omega(Y - U R^T),

    the inner maximiser is Z = 2C E and R = Z^T U, so that

        g(U) = C (||y||^2 - sum_t R_t . U_o^T y_t),   G = -2C E R,
        H[V] = 2C (F R - E D),   F = P_Omega(V R^T + U D^T),
        D_t = (I / (2C) + U_o^T U_o)^-1 (E^T V - P_Omega(V R^T)^T U)_t,

    where D is the derivative of R along V. Everything is computed once, when
    first asked for, in O(n r^2 + T r^3).

    Args:
        ratings: `SparseRatings`, centred.
        cost: C, weight of the squared errors.
        row_factors: U, float `[d, r]`.

    Reference:
        Jawanpuria and Mishra 2018, https://arxiv.org/abs/1704.07352, with the
        dual variable eliminated by the Woodbury identity.
    """

    def __init__(self, ratings, cost, row_factors):
        self.ratings = ratings
        self.cost = cost
        self.row_factors = row_factors

    @functools.cached_property
    def column_factors(self):
        """R, float `[T, r]`; zero for a column without ratings."""
        result = np.empty_like(self._right_sides)
        for block, system in self._make_systems():
            result[block] = _solve(system, self._right_sides[block])
        return result

    @functools.cached_property
    def value(self):
        """g(U)."""
        ratings = self.ratings.ratings
        explained = np.vdot(self._right_sides, self.column_factors)
        return self.cost * (np.vdot(ratings, ratings) - explained)

    @functools.cached_property
    def errors(self):
        """E = Z / (2C), float `[n]`."""
        return self.ratings.ratings - self.ratings.products(
            self.row_factors, self.column_factors
        )

    @functools.cached_property
    def gradient(self):
        """Euclidean gradient, float `[d, r]`."""
        return (-2.0 * self.cost) * self.ratings.row_sums(
            self.errors, self.column_factors
        )

    def hessian(self, direction):
        """Euclidean Hessian applied to `direction`, float `[d, r]`."""
        data = self.ratings
        change = data.products(direction, self.column_factors)
        right_sides = data.column_sums(self.errors, direction)
        right_sides -= data.column_sums(change, self.row_factors)
        column_change = np.empty_like(right_sides)
        for block, system in self._systems:
            column_change[block] = _solve(system, right_sides[block])
        change += data.products(self.row_factors, column_change)
        result = data.row_sums(change, self.column_factors)
        result -= data.row_sums(self.errors, column_change)
        return (2.0 * self.cost) * result

    def precondition(self, direction):
        """Applies the inverse Hessian of U with R held fixed, `[d, r]`.

        That Hessian is one r x r block per row, 2C sum_t R_t R_t^T plus the
        curvature of the sphere, -<G, U> = ||R||^2. A plain descent step with
        it is half a sweep of alternating least squares.
        """
        through = _solve(self._row_systems, direction)
        # The inverse on the sphere's tangent space, not its projection.
        through -= (
            np.vdot(self.row_factors, through) / self._normal_product
        ) * self._normal
        return through

    @functools.cached_property
    def _normal(self):
        return _solve(self._row_systems, self.row_factors)

    @functools.cached_property
    def _normal_product(self):
        return np.vdot(self.row_factors, self._normal)

    @functools.cached_property
    def _right_sides(self):
        return self.ratings.column_sums(self.ratings.ratings, self.row_factors)

    def _make_systems(self):
        ridge = np.eye(self.row_factors.shape[1]) / (2.0 * self.cost)
        for block, grams in self.ratings.column_grams(self.row_factors):
            grams += ridge
            yield block, grams

    @functools.cached_property
    def _systems(self):
        # Kept only where Hessians are asked for: [T, r, r] floats.
        return list(self._make_systems())

    @functools.cached_property
    def _row_systems(self):
        systems = self.ratings.row_grams(self.column_factors)
        systems *= 2.0 * self.cost
        systems += np.eye(systems.shape[1]) * np.vdot(
            self.column_factors, self.column_factors
        )
        return systems


def _solve(systems, right_sides):
    return np.linalg.solve(systems, right_sides[..., None])[..., 0]
