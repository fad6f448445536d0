import math

import numpy as np
import pytest
import tf_keras as keras

from tfcompat.losses import LogisticLoss


def cost(labels, scores):
    labels, scores = np.array([labels]), np.array([scores], "float32")
    return float(LogisticLoss()(labels, scores))


class TestLogisticLoss:
    def test_liked_by_hand(self):
        # -log sigmoid(1) = log(1 + e^-1).
        assert cost([1], [1.0]) == pytest.approx(math.log1p(math.exp(-1)))

    def test_disliked_by_hand(self):
        # -log(1 - sigmoid(1)) = log(1 + e).
        assert cost([0], [1.0]) == pytest.approx(math.log1p(math.e))

    def test_row_costs_the_mean_of_its_candidates(self):
        expected = (cost([1], [2.0]) + cost([0], [-1.0])) / 2
        assert cost([1, 0], [2.0, -1.0]) == pytest.approx(expected)

    def test_confident_mistake_costs_its_score(self):
        assert cost([0], [1000.0]) == pytest.approx(1000)

    def test_agrees_with_keras(self):
        random = np.random.default_rng(0)
        labels = random.integers(0, 2, (8, 5)).astype("float32")
        scores = random.normal(size=(8, 5)).astype("float32")
        expected = keras.losses.BinaryCrossentropy(from_logits=True)
        np.testing.assert_allclose(
            LogisticLoss()(labels, scores), expected(labels, scores), rtol=1e-6
        )
