import numpy as np
import pytest

from tfcompat.metrics.vote_columns import flatten_votes


class TestFlattenVotes:
    def test_rows_take_their_customer_along(self):
        labels, scores, customers = flatten_votes(
            [[1, 0], [0, 1]], [[0.1, 0.2], [0.3, 0.4]], [5, 6]
        )
        np.testing.assert_array_equal(labels, [1, 0, 0, 1])
        np.testing.assert_array_equal(scores, [0.1, 0.2, 0.3, 0.4])
        np.testing.assert_array_equal(customers, [5, 5, 6, 6])

    def test_unknown_customers_are_left_out(self):
        labels, scores, customers = flatten_votes(
            [1, 0, 1], [0.1, 0.2, 0.3], [2, -1, 2]
        )
        np.testing.assert_array_equal(labels, [1, 1])
        np.testing.assert_array_equal(scores, [0.1, 0.3])
        np.testing.assert_array_equal(customers, [2, 2])

    def test_shapes_must_be_one(self):
        with pytest.raises(ValueError, match=r"\(2,\) and \(3,\)"):
            flatten_votes([1, 0], [0.1, 0.2, 0.3])

    @pytest.mark.parametrize("label", [-1, 2, 0.5, np.nan])
    def test_label_must_be_0_or_1(self, label):
        with pytest.raises(ValueError, match=f"`labels`.*got {label}"):
            flatten_votes([1, label], [0.1, 0.2])

    def test_scores_must_not_be_nan(self):
        with pytest.raises(ValueError, match="`scores` has 2 NaN"):
            flatten_votes([1, 0, 1], [np.nan, 0.2, np.nan])

    def test_customers_must_fit(self):
        with pytest.raises(ValueError, match=r"`customers`.*\(3,\)"):
            flatten_votes([1, 0], [0.1, 0.2], [1, 2, 3])

    def test_customers_must_be_integers(self):
        with pytest.raises(ValueError, match="`customers`.*float64"):
            flatten_votes([1, 0], [0.1, 0.2], [1.0, 2.0])
