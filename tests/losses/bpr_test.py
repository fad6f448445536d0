import math

import numpy as np
import pytest

from tfcompat.losses import BPRLoss


def cost(labels, scores):
    labels, scores = np.array([labels]), np.array([scores], "float32")
    return float(BPRLoss()(labels, scores))


class TestBPRLoss:
    def test_one_pair_by_hand(self):
        # Gap 2 - 0: -log sigmoid(2) = log(1 + e^-2).
        expected = math.log1p(math.exp(-2))
        assert cost([1, 0], [2.0, 0.0]) == pytest.approx(expected)

    def test_mean_over_every_pair(self):
        # Positive 1, negatives 0 and 3: gaps 1 and -2.
        expected = (math.log1p(math.exp(-1)) + math.log1p(math.exp(2))) / 2
        assert cost([0, 1, 0], [0.0, 1.0, 3.0]) == pytest.approx(expected)

    def test_tie_costs_log_2(self):
        assert cost([1, 0, 0], [5.0, 5.0, 5.0]) == pytest.approx(math.log(2))

    @pytest.mark.parametrize("label", [0, 1])
    def test_row_without_a_pair_costs_nothing(self, label):
        assert cost([label, label], [0.3, 0.1]) == 0

    def test_hopeless_pair_costs_its_gap(self):
        assert cost([1, 0], [-500.0, 500.0]) == pytest.approx(1000)

    def test_shift_of_scores_does_not_matter(self):
        labels, scores = [1, 0, 1], np.array([0.5, 0.75, 0.25])
        assert cost(labels, scores + 8) == pytest.approx(cost(labels, scores))
