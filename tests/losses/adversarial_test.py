import math

import numpy as np
import pytest
import tensorflow as tf

from tfcompat.losses.adversarial import (
    cost_of_designed,
    cost_of_real,
    probability_of_real,
)
from tfcompat.losses.feature_matching import feature_matching
from tfcompat.losses.gradient_penalty import gradient_penalty, perturbed


class TestCosts:
    def test_by_hand(self):
        # -log sigmoid(2) = log(1 + e^-2); -log(1 - sigmoid(2)) adds 2.
        real, designed = cost_of_real([2.0]), cost_of_designed([2.0])
        assert float(real[0]) == pytest.approx(math.log1p(math.exp(-2)))
        assert float(designed[0]) == pytest.approx(2 + math.log1p(math.exp(-2)))

    def test_an_image_costs_the_mean_of_its_patches(self):
        logits = np.array([[[0.0, 2.0]], [[1.0, 1.0]]], "float32")
        expected = [
            (math.log(2) + math.log1p(math.exp(-2))) / 2,
            math.log1p(math.exp(-1)),
        ]
        np.testing.assert_allclose(cost_of_real(logits), expected, rtol=1e-6)

    @pytest.mark.parametrize("cost", [cost_of_real, cost_of_designed])
    def test_sure_verdicts_stay_finite(self, cost):
        logits = tf.constant([-1e6, 1e6])
        with tf.GradientTape() as tape:
            tape.watch(logits)
            costs = cost(logits)
        assert sorted(costs.numpy()) == [0, 1e6]
        assert np.isfinite(tape.gradient(costs, logits)).all()

    def test_a_design_found_out_still_has_a_slope(self):
        logits = tf.constant([-50.0])
        with tf.GradientTape() as tape:
            tape.watch(logits)
            costs = cost_of_real(logits)
        assert float(tape.gradient(costs, logits)[0]) == pytest.approx(-1)

    def test_probability(self):
        probabilities = probability_of_real(tf.constant([[0.0, 0.0], [90, 90]]))
        np.testing.assert_allclose(probabilities, [0.5, 1.0])


class TestFeatureMatching:
    def test_by_hand(self):
        # Means 1 and 2 against 3 and 2: squares 4 and 0, mean 2. The second
        # layer: mean 0 against 1.
        real = [
            np.array([[[[0.0, 2.0]]], [[[2.0, 2.0]]]]),
            np.zeros((2, 1, 1, 1)),
        ]
        drawn = [
            np.array([[[[3.0, 1.0]]], [[[3.0, 3.0]]]]),
            np.ones((2, 1, 1, 1)),
        ]
        assert float(feature_matching(real, drawn)) == pytest.approx(2 + 1)

    def test_order_of_images_does_not_matter(self):
        features = np.random.default_rng(0).normal(size=(4, 3, 3, 2))
        gap = feature_matching([features], [features[::-1]])
        assert float(gap) == pytest.approx(0, abs=1e-6)


class TestGradientPenalty:
    def test_linear_scores_by_hand(self):
        # The slope of sum(w x) is w, of length |w| = 5: (5 - 1)^2 = 16; of
        # twice that, (10 - 1)^2 = 81.
        slope = tf.reshape(tf.constant([3.0, 4.0, 0.0, 0.0]), (1, 2, 2, 1))
        images = tf.ones((2, 2, 2, 1))
        factors = tf.constant([1.0, 2.0])
        penalty = gradient_penalty(
            lambda x: factors * tf.reduce_sum(slope * x, axis=(1, 2, 3)), images
        )
        np.testing.assert_allclose(penalty, [16.0, 81.0], rtol=1e-5)

    def test_can_be_minimised(self):
        weight = tf.Variable(3.0)
        images = tf.ones((1, 1, 1, 1))
        with tf.GradientTape() as tape:
            penalty = gradient_penalty(lambda x: weight * x[:, 0, 0, 0], images)
        # d (|w| - 1)^2 / dw = 2 (3 - 1).
        assert float(tape.gradient(penalty, weight)) == pytest.approx(4)

    def test_a_flat_score_costs_1_and_no_nan(self):
        weight = tf.Variable(0.0)
        with tf.GradientTape() as tape:
            penalty = gradient_penalty(
                lambda x: weight * tf.reduce_sum(x, axis=(1, 2, 3)),
                tf.ones((1, 2, 2, 1)),
            )
        assert float(penalty[0]) == pytest.approx(1, rel=1e-4)
        assert np.isfinite(tape.gradient(penalty, weight))

    def test_images_are_moved_by_up_to_half_their_deviation(self):
        images = tf.random.stateless_normal((64, 4, 4, 3), (1, 2))
        moved = perturbed(images, tf.constant([3, 4], tf.int64)) - images
        # One number an image.
        np.testing.assert_allclose(np.ptp(moved, axis=(1, 2, 3)), 0, atol=1e-5)
        amounts = moved[:, 0, 0, 0] / tf.math.reduce_std(images)
        assert 0 <= np.min(amounts) < 0.1 and 0.4 < np.max(amounts) < 0.5
