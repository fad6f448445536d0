import numpy as np
import pytest

from tfcompat.losses import OutfitRankingLoss


def cost(labels, scores, **kwargs):
    labels, scores = np.array([labels]), np.array([scores], "float32")
    return float(OutfitRankingLoss(**kwargs)(labels, scores))


class TestOutfitRankingLoss:
    def test_least_semi_hard_negative_by_hand(self):
        # D_p = 1. Negatives .4 (nearer: not semi-hard), 1.1 and 2:
        # 1 - 1.1 + .3 = .2.
        assert cost([1, 0, 0, 0], [-1, -0.4, -1.1, -2]) == pytest.approx(0.2)

    def test_all_nearer_takes_the_farthest(self):
        # D_p = 1, negatives .4 and .7: 1 - .7 + .3.
        assert cost([1, 0, 0], [-1, -0.4, -0.7]) == pytest.approx(0.6)

    def test_one_hinge_for_all_negatives(self):
        # Twice the same negative costs what it costs once.
        once, twice = [-1, -1.1], [-1, -1.1, -1.1]
        assert cost([1, 0], once) == pytest.approx(cost([1, 0, 0], twice))

    def test_gap_of_the_margin_costs_nothing(self):
        assert cost([1, 0], [-0.25, -0.75], margin=0.5) == 0

    @pytest.mark.parametrize("label", [0, 1])
    def test_row_without_a_pair_costs_nothing(self, label):
        assert cost([label] * 3, [-1, -2, -3]) == 0
