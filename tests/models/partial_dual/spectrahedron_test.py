import numpy as np
import pytest

from tfcompat.models.partial_dual.spectrahedron import Spectrahedron


def matrix(seed, shape=(7, 3)):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.fixture
def point():
    return matrix(0) / np.linalg.norm(matrix(0))


class TestSpectrahedron:
    def test_dimension_leaves_out_scale_and_rotations(self):
        assert Spectrahedron(7, 3).dim == 7 * 3 - 1 - 3

    def test_projection_is_tangent_and_horizontal(self, point):
        vector = Spectrahedron(7, 3).projection(point, matrix(1))
        assert np.vdot(vector, point) == pytest.approx(0.0, abs=1e-14)
        inner = point.T @ vector
        np.testing.assert_allclose(inner, inner.T, atol=1e-14)

    def test_projection_twice_is_projection_once(self, point):
        manifold = Spectrahedron(7, 3)
        once = manifold.projection(point, matrix(1))
        np.testing.assert_allclose(
            manifold.projection(point, once), once, atol=1e-14
        )

    def test_projection_is_orthogonal(self, point):
        vector = matrix(1)
        projected = Spectrahedron(7, 3).projection(point, vector)
        assert np.vdot(vector - projected, projected) == pytest.approx(
            0.0, abs=1e-13
        )

    def test_directions_that_leave_the_product_alone_vanish(self, point):
        skew = matrix(2, (3, 3)) - matrix(2, (3, 3)).T
        gone = Spectrahedron(7, 3).projection(point, point @ skew)
        np.testing.assert_allclose(gone, 0.0, atol=1e-14)

    def test_point_that_lost_rank_is_no_trouble(self):
        point = np.zeros((7, 3))
        point[0, 0] = 1.0
        vector = Spectrahedron(7, 3).projection(point, matrix(1))
        assert np.isfinite(vector).all()
        assert np.linalg.norm(vector) > 1.0

    def test_rank_one_is_the_sphere(self):
        point = np.array([[0.6], [0.8]])
        vector = Spectrahedron(2, 1).projection(point, np.array([[1.0], [0.0]]))
        # v - <v, u> u = (1 - 0.36, -0.48).
        np.testing.assert_allclose(vector, [[0.64], [-0.48]])
