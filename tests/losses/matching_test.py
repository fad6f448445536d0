import math

import numpy as np
import pytest

from tfcompat.losses.matching import MatchingLoss


class TestMatchingLoss:
    def test_two_by_two_by_hand(self):
        # Rows: -log softmax picks 2 over 0 and 1 over 0; columns: 2 over 0
        # and 1 over 0 as well. log(1 + e^-2) and log(1 + e^-1).
        scores = np.array([[2.0, 0.0], [0.0, 1.0]], "float32")
        loss = MatchingLoss(reduction="none")(np.eye(2), scores)
        expected = [math.log1p(math.exp(-2)), math.log1p(math.exp(-1))]
        np.testing.assert_allclose(loss, expected, rtol=1e-5)

    def test_rows_and_columns_count_alike(self):
        scores = np.random.default_rng(0).normal(size=(4, 4)).astype("float32")
        straight = MatchingLoss()(np.eye(4), scores)
        turned = MatchingLoss()(np.eye(4), scores.T)
        assert float(straight) == pytest.approx(float(turned), rel=1e-5)

    def test_equal_captions_share_the_probability(self):
        # Both texts fit both images: even scores are the best there is, and
        # the cross-entropy is then the entropy of a fair coin.
        same = np.ones((2, 2))
        even = MatchingLoss()(same, np.zeros((2, 2), "float32"))
        certain = MatchingLoss()(same, np.diag([5.0, 5.0]).astype("float32"))
        assert float(even) == pytest.approx(math.log(2), rel=1e-5)
        assert float(certain) > float(even)
