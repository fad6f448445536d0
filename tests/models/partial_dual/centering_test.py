import math

import numpy as np
import pytest

from tfcompat.models.partial_dual.centering import fit_centering

ROWS = np.array([0, 0, 1, 1])
RATINGS = np.array([1.0, 3.0, 5.0, 7.0])


class TestFitCentering:
    def test_damped_row_biases_by_hand(self):
        # Mean 4; row 0 holds -3, -1 and row 1 holds 1, 3. Variance within:
        # 4 squared deviations of 1 over 4 - 2 = 2. Between: (16 - 1 * 2) / 2
        # = 7. Damping 2 / 7; biases -+4 / (2 + 2 / 7) = -+1.75. All columns
        # are seen once, so nothing is known about theirs.
        centering = fit_centering(
            "biases", ROWS, np.array([0, 1, 2, 3]), RATINGS, (3, 4)
        )
        assert centering.mean == 4.0
        np.testing.assert_allclose(centering.row_biases, [-1.75, 1.75, 0.0])
        np.testing.assert_array_equal(centering.column_biases, 0.0)
        np.testing.assert_allclose(
            centering.offsets(np.array([0, 1]), np.array([3, 3])), [2.25, 5.75]
        )

    def test_mean_alone(self):
        centering = fit_centering("mean", ROWS, ROWS, RATINGS, (2, 2))
        np.testing.assert_array_equal(
            centering.offsets(np.array([0]), np.array([1])), [4.0]
        )

    def test_none_is_zero(self):
        centering = fit_centering(None, ROWS, ROWS, RATINGS, (2, 2))
        assert not centering.offsets(ROWS, ROWS).any()

    def test_group_means_that_are_noise_are_damped_away(self):
        # Both rows hold -1 and 1: no variance between them.
        centering = fit_centering(
            "biases",
            ROWS,
            np.array([0, 1, 0, 1]),
            np.array([-1.0, 1.0, -1.0, 1.0]),
            (2, 2),
        )
        np.testing.assert_array_equal(centering.row_biases, 0.0)
        # The columns explain everything: no damping at all.
        np.testing.assert_allclose(centering.column_biases, [-1.0, 1.0])

    def test_recovers_biases_and_their_damping(self):
        rng = np.random.default_rng(0)
        rows = rng.integers(0, 200, 40_000)
        columns = rng.integers(0, 300, 40_000)
        row_biases = rng.normal(0, 0.5, 200)
        column_biases = rng.normal(0, 0.4, 300)
        ratings = 3 + row_biases[rows] + column_biases[columns]
        ratings += rng.normal(0, 1, 40_000)
        fitted = fit_centering("biases", rows, columns, ratings, (200, 300))
        assert np.corrcoef(fitted.row_biases, row_biases)[0, 1] > 0.98
        assert np.corrcoef(fitted.column_biases, column_biases)[0, 1] > 0.96
        # (noise 1 + rows' 0.25) / columns' 0.16 = 7.8.
        assert fitted.column_damping == pytest.approx(7.8, rel=0.2)

    def test_one_rating_has_no_biases(self):
        one = np.array([0])
        centering = fit_centering("biases", one, one, np.array([5.0]), (2, 2))
        assert centering.mean == 5.0
        assert centering.column_damping == math.inf
        assert not centering.row_biases.any()

    def test_biases_of_columns_repeats_the_fit(self):
        rng = np.random.default_rng(0)
        rows, columns = rng.integers(0, 9, 80), rng.integers(0, 7, 80)
        ratings = rng.normal(size=80) + columns
        fitted = fit_centering("biases", rows, columns, ratings, (9, 8))
        again = fitted.biases_of_columns(rows, columns, ratings, 8)
        np.testing.assert_allclose(again, fitted.column_biases, rtol=1e-12)
        assert again[7] == 0.0
