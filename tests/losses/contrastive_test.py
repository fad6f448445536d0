import numpy as np
import pytest

from tfcompat.losses import ContrastiveLoss


def cost(labels, scores, **kwargs):
    labels, scores = np.array([labels]), np.array([scores], "float32")
    return float(ContrastiveLoss(**kwargs)(labels, scores))


class TestContrastiveLoss:
    def test_liked_pair_costs_its_squared_distance(self):
        # d = 0.5: 0.25, where the unsquared reading of eq. 4 gives 0.5.
        assert cost([1], [-0.5]) == pytest.approx(0.25)

    def test_disliked_pair_costs_its_squared_shortfall(self):
        # d = 0.5, m = 2: (2 - 0.5)^2.
        assert cost([0], [-0.5], margin=2.0) == pytest.approx(2.25)

    def test_disliked_pair_past_the_margin_costs_nothing(self):
        assert cost([0], [-1.5], margin=1.0) == 0

    def test_row_costs_the_mean_of_its_candidates(self):
        # (0.3^2 + (1 - 0.8)^2 + (1 - 0)^2) / 3 = (.09 + .04 + 1) / 3.
        assert cost([1, 0, 0], [-0.3, -0.8, 0.0]) == pytest.approx(1.13 / 3)

    def test_batch_costs_the_mean_of_its_rows(self):
        labels, scores = np.array([[1], [0]]), np.array([[-0.5], [-0.5]])
        # (0.25 + 0.25) / 2 and with weights 3, 1: (0.75 + 0.25) / 2.
        assert float(ContrastiveLoss()(labels, scores)) == 0.25
        weights = np.array([3.0, 1.0])
        assert float(ContrastiveLoss()(labels, scores, weights)) == 0.5

    @pytest.mark.parametrize("probability", [0.1, 0.5, 0.8])
    def test_expected_cost_is_least_at_the_probability(self, probability):
        margin = 2.0
        distances = np.linspace(0, margin, 201)
        labels = np.full((201, 1), probability)
        costs = ContrastiveLoss(margin).call(labels, -distances[:, None])
        best = distances[np.argmin(costs)]
        assert 1 - best / margin == pytest.approx(probability, abs=0.006)
