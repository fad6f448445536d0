import numpy as np
import pytest

from tfcompat.losses import TripletLoss


def cost(labels, scores, **kwargs):
    labels, scores = np.array([labels]), np.array([scores], "float32")
    return float(TripletLoss(**kwargs)(labels, scores))


class TestTripletLoss:
    def test_equation_3_by_hand(self):
        # d_p = 0.9, d_n = 0.6, m = 0.5: 0.9 - 0.6 + 0.5 = 0.8.
        assert cost([1, 0], [-0.9, -0.6], margin=0.5) == pytest.approx(0.8)

    def test_gap_of_the_margin_costs_nothing(self):
        assert cost([1, 0], [-0.25, -0.75], margin=0.5) == 0

    def test_tie_costs_the_margin(self):
        assert cost([1, 0], [-0.4, -0.4], margin=0.5) == pytest.approx(0.5)

    def test_mean_over_every_pair(self):
        # Positives 1.0 and 0.2, negatives 0.4 and 0.9, m = 0.5. Gaps .6, .1,
        # -.2, -.7 cost 0, .4, .7, 1.2: mean 2.3 / 4.
        scores = [1.0, 0.4, 0.9, 0.2]
        assert cost([1, 0, 0, 1], scores, margin=0.5) == pytest.approx(2.3 / 4)

    @pytest.mark.parametrize("label", [0, 1])
    def test_row_without_a_pair_costs_nothing(self, label):
        assert cost([label, label], [0.3, 0.1]) == 0

    def test_shift_of_scores_does_not_matter(self):
        labels, scores = [1, 0, 1], np.array([0.5, 0.75, 0.25])
        assert cost(labels, scores + 8) == pytest.approx(cost(labels, scores))
