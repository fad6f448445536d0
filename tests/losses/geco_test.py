import math

import numpy as np
import pytest

from tfcompat.losses.geco import GECoLoss

LABELS = np.array([[1, 0, 0]])
SCORES = np.array([[2.0, 1.0, 0.0]], "float32")
# BPR: mean of -log sigmoid(1) and -log sigmoid(2).
BPR = (math.log1p(math.exp(-1)) + math.log1p(math.exp(-2))) / 2
# InfoNCE at 0.5: logits 4, 2, 0.
INFO_NCE = math.log(math.exp(4) + math.exp(2) + 1) - 4


class TestGECoLoss:
    def test_weighs_both_by_hand(self):
        loss = GECoLoss(bpr_weight=0.25, info_nce_weight=0.75, temperature=0.5)
        assert float(loss(LABELS, SCORES)) == pytest.approx(
            0.25 * BPR + 0.75 * INFO_NCE, rel=1e-5
        )

    @pytest.mark.parametrize(
        ("weights", "expected"), [((1, 0), BPR), ((0, 1), INFO_NCE)]
    )
    def test_a_weight_of_0_leaves_the_other(self, weights, expected):
        loss = float(GECoLoss(*weights)(LABELS, SCORES))
        assert loss == pytest.approx(expected, rel=1e-5)

    @pytest.mark.parametrize("name", ["bpr_weight", "info_nce_weight"])
    def test_negative_weight_is_an_error(self, name):
        with pytest.raises(ValueError, match=f"`{name}` must not be negative"):
            GECoLoss(**{name: -1.0})
