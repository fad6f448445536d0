import math

import numpy as np
import pytest

from tfcompat import metrics

# Ranked by score the rows' labels read 0 1 0 0, 1 0 0 1 and 0 0 1 0.
LABELS = np.array([[0, 0, 1, 0], [1, 0, 0, 1], [0, 0, 0, 1]])
SCORES = np.array(
    [[0.1, 0.9, 0.8, 0.2], [4, 3, 2, 1], [-1, -2, -9, -4]], "float32"
)


def value(metric, labels=LABELS, scores=SCORES, weights=None):
    metric.update_state(labels, np.array(scores, "float32"), weights)
    return float(metric.result())


class TestNumbersByHand:
    def test_mean_reciprocal_rank(self):
        expected = (1 / 2 + 1 / 1 + 1 / 3) / 3
        assert value(metrics.MeanReciprocalRank()) == pytest.approx(expected)

    def test_recall_at_k(self):
        # In the top 2: 1 of 1, 1 of 2, 0 of 1.
        assert value(metrics.RecallAtK(2)) == pytest.approx((1 + 0.5 + 0) / 3)

    def test_recall_beyond_the_list_is_1(self):
        assert value(metrics.RecallAtK(7)) == 1

    def test_fill_in_the_blank(self):
        assert value(metrics.FillInTheBlankAccuracy()) == pytest.approx(1 / 3)

    def test_ndcg(self):
        # In the top 3, gain 1 / log2(1 + rank): row 1 has rank 2 of a best 1;
        # row 2 has rank 1 of a best 1 and 2; row 3 has rank 3 of a best 1.
        second = 1 / math.log2(3)
        expected = (second + 1 / (1 + second) + 1 / math.log2(4)) / 3
        assert value(metrics.NDCGAtK(3)) == pytest.approx(expected)

    def test_ndcg_of_the_best_order_is_1(self):
        assert value(metrics.NDCGAtK(3), LABELS, LABELS) == pytest.approx(1)
        assert value(metrics.NDCGAtK(9), LABELS, LABELS) == pytest.approx(1)


class TestTies:
    """One compatible candidate among four, all scored alike: it is last."""

    labels, scores = np.array([[0, 1, 0, 0]]), np.zeros((1, 4))

    def test_constant_scorer_gets_the_worst_rank(self):
        metric = metrics.MeanReciprocalRank()
        assert value(metric, self.labels, self.scores) == 0.25

    @pytest.mark.parametrize(
        "metric",
        [
            metrics.RecallAtK(3),
            metrics.NDCGAtK(3),
            metrics.FillInTheBlankAccuracy(),
        ],
        ids=lambda metric: metric.name,
    )
    def test_tie_is_a_miss(self, metric):
        assert value(metric, self.labels, self.scores) == 0


@pytest.mark.parametrize(
    "make",
    [
        metrics.MeanReciprocalRank,
        metrics.RecallAtK,
        metrics.FillInTheBlankAccuracy,
        metrics.NDCGAtK,
    ],
)
class TestEveryQuestionMetric:
    def test_row_without_an_answer_is_left_out(self, make):
        labels = np.concatenate([LABELS, np.zeros((2, 4), int)])
        scores = np.concatenate([SCORES, np.ones((2, 4))])
        assert value(make(), labels, scores) == value(make())

    def test_weights_of_rows(self, make):
        rows = [
            value(make(), LABELS[i : i + 1], SCORES[i : i + 1])
            for i in range(3)
        ]
        weighted = value(make(), weights=np.array([2.0, 0.0, 3.0]))
        assert weighted == pytest.approx((2 * rows[0] + 3 * rows[2]) / 5)


class TestWrongArguments:
    @pytest.mark.parametrize("make", [metrics.RecallAtK, metrics.NDCGAtK])
    @pytest.mark.parametrize("k", [0, -1, 2.5])
    def test_k_must_be_a_positive_integer(self, make, k):
        with pytest.raises(ValueError, match=f"`k`.*{k}"):
            make(k=k)
