import numpy as np
import pytest

from tests.models.matcher_contract import MatcherContract
from tfcompat.losses.bpr import BPRLoss
from tfcompat.models.baselines.bpr_dae import BPRDAE


class TestBPRDAE(MatcherContract):
    loss = BPRLoss()
    learning_rate = 0.05
    fits_to = 0.85  # Random features cannot be reconstructed.

    def make_model(self):
        return BPRDAE(8, 6, reconstruction_weight=0.02, weight_decay=0.03)

    def make_batch(self):
        inputs, labels = super().make_batch()
        random = np.random.default_rng(1)
        inputs["items"] = random.random((12, 8)).astype("float32")
        return inputs, labels

    def test_training_adds_reconstruction_and_decay(self):
        model = BPRDAE(1, 1, reconstruction_weight=0.5, weight_decay=0.25)
        for weight in model.trainable_variables:
            weight.assign(weight * 0.0)
        model.parts["query"]["kernel"].assign([[2.0]])
        inputs = {
            "items": np.array([[1.0], [0.0]], "float32"),
            "query": np.array([0]),
            "candidates": np.array([[1]]),
        }
        model(inputs, training=True)
        # Query 1 -> sigmoid(2) = .8808 -> sigmoid(2 * .8808) = .8534;
        # candidate 0 -> sigmoid(0) = .5 -> sigmoid(0) = .5.
        # (1 - .8534)^2 + .5^2 = .0215 + .25; one of six weights is 2.
        [added] = model.losses
        expected = 0.5 * (0.0215 + 0.25) + 0.25 * 4 / 6
        assert float(added) == pytest.approx(expected, abs=1e-4)

    def test_features_are_brought_to_0_and_1(self):
        model = BPRDAE(2, 3)
        model.adapt(np.array([[4.0, 7.0], [-2.0, 7.0]]))
        np.testing.assert_allclose(
            model._scale([[4.0, 7.0], [1.0, 8.0]]), [[1.0, 0.0], [0.5, 1.0]]
        )

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((0,), "`feature_dim` must be positive, got 0"),
            ((1, 1, -1.0), "`reconstruction_weight` must not be negative"),
        ],
    )
    def test_wrong_arguments_are_named(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            BPRDAE(*arguments)
