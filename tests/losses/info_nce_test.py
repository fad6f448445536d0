import math

import numpy as np
import pytest

from tfcompat.losses import InfoNCELoss


def cost(labels, scores, **kwargs):
    labels, scores = np.array([labels]), np.array([scores], "float32")
    return float(InfoNCELoss(**kwargs)(labels, scores))


class TestInfoNCELoss:
    def test_softmax_by_hand(self):
        # e^2 / (e^2 + e^1 + e^0) at temperature 1.
        share = math.e**2 / (math.e**2 + math.e + 1)
        value = cost([1, 0, 0], [2.0, 1.0, 0.0], temperature=1.0)
        assert value == pytest.approx(-math.log(share))

    def test_temperature_divides_the_scores(self):
        hot = cost([1, 0, 0], [2.0, 1.0, 0.0], temperature=1.0)
        cold = cost([1, 0, 0], [0.2, 0.1, 0.0], temperature=0.1)
        assert cold == pytest.approx(hot)

    def test_compatible_candidates_do_not_compete(self):
        # Positives 1 and 0, negative 0: -log(e / (e + 1)) and -log(1 / 2).
        expected = (math.log1p(math.exp(-1)) + math.log(2)) / 2
        value = cost([1, 1, 0], [1.0, 0.0, 0.0], temperature=1.0)
        assert value == pytest.approx(expected)

    def test_all_tied_costs_the_log_of_the_list(self):
        assert cost([0, 1, 0, 0], [7.0] * 4) == pytest.approx(math.log(4))

    @pytest.mark.parametrize("label", [0, 1])
    def test_row_without_both_kinds_costs_nothing(self, label):
        assert cost([label, label], [0.3, 0.1]) == 0

    def test_shift_of_scores_does_not_matter(self):
        labels, scores = [1, 0, 1], np.array([0.5, 0.75, 0.25])
        assert cost(labels, scores + 8) == pytest.approx(cost(labels, scores))

    def test_hopeless_row_costs_its_gap(self):
        value = cost([1, 0], [-500.0, 500.0], temperature=0.5)
        assert value == pytest.approx(2000)
