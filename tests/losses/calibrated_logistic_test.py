import math

import numpy as np
import pytest
import tensorflow as tf

from tfcompat.losses import CalibratedLogisticLoss


def cost(labels, scores, **kwargs):
    labels, scores = np.array([labels]), np.array([scores], "float32")
    return float(CalibratedLogisticLoss(**kwargs)(labels, scores))


def slope(label, score, **kwargs):
    score = tf.constant([[score]])
    with tf.GradientTape() as tape:
        tape.watch(score)
        value = CalibratedLogisticLoss(**kwargs)([[label]], score)
    return float(tape.gradient(value, score))


class TestCalibratedLogisticLoss:
    def test_cross_entropy_by_hand(self):
        # d = 0.5, m = 2: p = 0.75.
        assert cost([1], [-0.5], margin=2.0) == pytest.approx(-math.log(0.75))
        assert cost([0], [-0.5], margin=2.0) == pytest.approx(-math.log(0.25))

    def test_row_costs_the_mean_of_its_candidates(self):
        # p = 0.9 liked and p = 0.2 disliked.
        expected = -(math.log(0.9) + math.log(0.8)) / 2
        assert cost([1, 0], [-0.1, -0.8]) == pytest.approx(expected)

    def test_right_at_the_ends_costs_nothing(self):
        assert cost([1, 0, 0], [0.0, -1.0, -5.0]) == 0

    def test_tangent_beyond_the_margin(self):
        # floor = 0.1, p = 1 - 1.5 = -0.5, 0.6 below it: -log 0.1 + 0.6 / 0.1.
        value = cost([1], [-1.5], floor=0.1)
        assert value == pytest.approx(-math.log(0.1) + 6, rel=1e-5)

    def test_tangent_at_distance_0(self):
        # Disliked with 1 - p = 0, 0.1 below the floor: -log 0.1 + 1.
        value = cost([0], [0.0], floor=0.1)
        assert value == pytest.approx(-math.log(0.1) + 1, rel=1e-5)

    def test_liked_pair_far_beyond_the_margin_is_still_pulled_in(self):
        # Raising the score by 1 lowers the cost by 1 / (floor * margin).
        for score in (-2.1, -50.0, -1e6):
            value = slope(1, score, margin=2.0, floor=0.05)
            assert value == pytest.approx(-10)

    def test_disliked_pair_at_distance_0_is_pushed_out(self):
        assert slope(0, 0.0, margin=2.0, floor=0.05) == pytest.approx(10)

    def test_disliked_pair_beyond_the_margin_is_left_alone(self):
        assert slope(0, -2.5, margin=2.0) == 0

    @pytest.mark.parametrize("probability", [0.05, 0.5, 0.8, 0.95])
    def test_expected_cost_is_least_at_the_probability(self, probability):
        margin = 2.0
        distances = np.linspace(0, margin, 201)
        labels = np.full((201, 1), probability)
        costs = CalibratedLogisticLoss(margin).call(labels, -distances[:, None])
        best = distances[np.argmin(costs)]
        assert 1 - best / margin == pytest.approx(probability, abs=0.006)

    @pytest.mark.parametrize("floor", [0.5, 1.0])
    def test_floor_must_be_under_a_half(self, floor):
        with pytest.raises(ValueError, match=f"`floor`.*{floor}"):
            CalibratedLogisticLoss(floor=floor)
