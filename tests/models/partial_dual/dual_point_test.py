import numpy as np
import pytest

from tfcompat.models.partial_dual import sparse_ratings
from tfcompat.models.partial_dual.dual_point import DualPoint
from tfcompat.models.partial_dual.sparse_ratings import SparseRatings

COST = 3.0


@pytest.fixture(autouse=True, params=["one block", "many blocks"])
def blocks(request, monkeypatch):
    if request.param == "many blocks":
        monkeypatch.setattr(sparse_ratings, "_CHUNK", 7)
        monkeypatch.setattr(sparse_ratings, "_GRAM_FLOATS", 1)


@pytest.fixture
def dense():
    """Ratings 12 x 9, about half seen; row 2 and column 5 have none."""
    rng = np.random.default_rng(1)
    seen = rng.random((12, 9)) < 0.5
    seen[2] = seen[:, 5] = False
    return rng.normal(size=(12, 9)) * seen, seen


@pytest.fixture
def ratings(dense):
    rows, columns = np.nonzero(dense[1])
    shuffle = np.random.default_rng(2).permutation(len(rows))
    rows, columns = rows[shuffle], columns[shuffle]
    return SparseRatings(rows, columns, dense[0][rows, columns], (12, 9))


def unit(seed, rank=4):
    factors = np.random.default_rng(seed).normal(size=(12, rank))
    return factors / np.linalg.norm(factors)


class TestDualPoint:
    def test_inner_maximiser_solves_its_equation(self, ratings, dense):
        # z / (2C) + P_Omega(U U^T Z) = y, facts.md 5.1.
        point = DualPoint(ratings, COST, unit(3))
        dual = ratings.matrix(2 * COST * point.errors).toarray().T
        left = dual / (2 * COST) + dense[1] * (unit(3) @ unit(3).T @ dual)
        np.testing.assert_allclose(left, dense[0], atol=1e-12)

    def test_column_factors_are_the_dual_matrix_times_u(self, ratings):
        point = DualPoint(ratings, COST, unit(3))
        dual = ratings.matrix(2 * COST * point.errors).toarray().T
        np.testing.assert_allclose(
            point.column_factors, dual.T @ unit(3), atol=1e-12
        )

    def test_value_is_the_dual_objective(self, ratings, dense):
        point = DualPoint(ratings, COST, unit(3))
        dual = ratings.matrix(2 * COST * point.errors).toarray().T
        expected = (
            np.vdot(dense[0], dual)
            - np.vdot(dual, dual) / (4 * COST)
            - 0.5 * np.linalg.norm(unit(3).T @ dual) ** 2
        )
        assert point.value == pytest.approx(expected, rel=1e-12)

    @pytest.mark.parametrize("rank", [1, 4, 12])
    def test_gradient_is_that_of_finite_differences(self, ratings, rank):
        point, direction = unit(3, rank), unit(4, rank)
        step = 1e-5
        above = DualPoint(ratings, COST, point + step * direction).value
        below = DualPoint(ratings, COST, point - step * direction).value
        slope = np.vdot(DualPoint(ratings, COST, point).gradient, direction)
        assert slope == pytest.approx((above - below) / (2 * step), rel=1e-7)

    @pytest.mark.parametrize("rank", [1, 4, 12])
    def test_hessian_is_that_of_finite_differences(self, ratings, rank):
        point, direction = unit(3, rank), unit(4, rank)
        step = 1e-5
        above = DualPoint(ratings, COST, point + step * direction).gradient
        below = DualPoint(ratings, COST, point - step * direction).gradient
        np.testing.assert_allclose(
            DualPoint(ratings, COST, point).hessian(direction),
            (above - below) / (2 * step),
            atol=1e-7,
        )

    def test_hessian_is_symmetric(self, ratings):
        point, a, b = DualPoint(ratings, COST, unit(3)), unit(4), unit(5)
        assert np.vdot(a, point.hessian(b)) == pytest.approx(
            np.vdot(b, point.hessian(a)), rel=1e-10
        )

    def test_preconditioner_inverts_the_blocks_on_the_sphere(self, ratings):
        # M is 2C sum R_t R_t^T + ||R||^2 for every row; on the tangent space
        # <V, M precondition(V)> must be <V, V>.
        point = DualPoint(ratings, COST, unit(3))
        tangent = unit(4) - np.vdot(unit(4), unit(3)) * unit(3)
        factors = point.column_factors
        seen = ratings.matrix(np.ones(len(ratings))).toarray().T
        blocks = 2 * COST * np.einsum("it,tk,tl->ikl", seen, factors, factors)
        blocks += np.eye(4) * np.vdot(factors, factors)
        through = point.precondition(tangent)
        assert np.vdot(through, unit(3)) == pytest.approx(0.0, abs=1e-14)
        back = np.einsum("ikl,il->ik", blocks, through)
        assert np.vdot(tangent, back) == pytest.approx(
            1 - np.vdot(unit(4), unit(3)) ** 2
        )

    def test_column_without_ratings_is_zero(self, ratings):
        point = DualPoint(ratings, COST, unit(3))
        assert not point.column_factors[5].any()
        assert not point.gradient[2].any()

    def test_pair_given_twice_counts_twice(self):
        # Two ratings of 1 at the only pair: R = 2u / (1 / (2C) + 2u^2), with
        # u = 1 and C = 1/2: 2 / (1 + 2).
        twice = SparseRatings(
            np.array([0, 0]), np.array([0, 0]), np.array([1.0, 1.0]), (1, 1)
        )
        point = DualPoint(twice, 0.5, np.ones((1, 1)))
        assert point.column_factors.item() == pytest.approx(2 / 3)
