import numpy as np
import pytest
import scipy.linalg

from tfcompat.data.errors import InputError
from tfcompat.metrics.frechet_distance import (
    FrechetDistance,
    frechet_distance,
    images_needed,
)


def by_scipy(a, b):
    """The published formula, with the root of the product itself."""
    root = scipy.linalg.sqrtm(np.cov(a.T) @ np.cov(b.T))
    gap = a.mean(0) - b.mean(0)
    traces = np.trace(np.cov(a.T)) + np.trace(np.cov(b.T))
    return gap @ gap + traces - 2 * np.trace(root).real


def measure(real, designed):
    metric = FrechetDistance(real.shape[1], name="fid_garment")
    metric.update_state(real, designed)
    return float(metric.result())


class TestFrechetDistance:
    def test_two_normals_by_hand(self):
        # Diagonal covariances: |mean|^2 + sum of (s_a - s_b)^2:
        # 9 + (2 - 1)^2 + (3 - 5)^2 = 14.
        result = frechet_distance(
            np.array([0.0, 3.0]),
            np.diag([4.0, 9.0]),
            np.zeros(2),
            np.diag([1.0, 25.0]),
        )
        assert result == pytest.approx(14.0)

    def test_agrees_with_scipy(self):
        random = np.random.default_rng(0)
        mix = random.normal(size=(6, 6))
        real = random.normal(size=(50, 6)) @ mix
        designed = random.normal(0.3, 1.2, (80, 6))
        assert measure(real, designed) == pytest.approx(
            by_scipy(real, designed), rel=1e-6
        )

    def test_real_images_are_no_way_from_themselves(self):
        real = np.random.default_rng(0).normal(3, 2, (90, 8))
        assert measure(real, real[::-1]) == pytest.approx(0, abs=1e-5)

    def test_singular_covariances_have_a_distance(self):
        # The second feature is the first: A B has no smooth root.
        x = np.random.default_rng(0).normal(size=(30, 1))
        a, b = np.hstack([x, x]), np.hstack([2 * x, 2 * x])
        # Along (1, 1) / sqrt 2 only: (s - 2 s)^2 = s^2, s^2 = 2 var x.
        gap = np.sum((x.mean(0) - 2 * x.mean(0)) ** 2) * 2
        expected = gap + 2 * x.var(ddof=1)
        assert measure(a, b) == pytest.approx(expected, rel=1e-5)

    def test_far_off_features_lose_no_digits(self):
        random = np.random.default_rng(0)
        real, designed = random.normal(size=(2, 60, 4))
        shifted = measure(real + 1e4, designed + 1e4)
        assert shifted == pytest.approx(measure(real, designed), rel=1e-3)

    @pytest.mark.parametrize("real, designed", [(6, 90), (90, 6)])
    def test_too_few_images_are_refused_with_the_number_needed(
        self, real, designed
    ):
        assert images_needed(6) == 7
        random = np.random.default_rng(0)
        with pytest.raises(
            InputError,
            match=f"fid_garment needs at least 7 .*6 features; got {real} "
            f"real and {designed} designed",
        ):
            measure(
                random.normal(size=(real, 6)), random.normal(size=(designed, 6))
            )

    def test_as_many_as_needed_are_enough(self):
        real, designed = np.random.default_rng(0).normal(size=(2, 7, 6))
        assert measure(real, designed) > 0
