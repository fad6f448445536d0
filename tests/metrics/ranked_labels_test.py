import numpy as np
import pytest
import tensorflow as tf

from tfcompat.metrics.ranked_labels import rank_labels


def ranked(labels, scores):
    scores = np.array([scores], "float32")
    return rank_labels(np.array([labels]), scores)[0].numpy().tolist()


class TestRankLabels:
    def test_best_score_comes_first(self):
        assert ranked([1, 0, 0], [0.2, 0.1, 0.9]) == [0, 1, 0]

    @pytest.mark.parametrize("labels", [[1, 0, 1, 0], [0, 1, 0, 1]])
    def test_tied_incompatible_candidates_come_first(self, labels):
        assert ranked(labels, [0.5] * 4) == [0, 0, 1, 1]

    def test_ties_are_settled_within_their_score_only(self):
        labels, scores = [1, 1, 0, 0, 1], [3.0, 2.0, 2.0, 1.0, 1.0]
        assert ranked(labels, scores) == [1, 0, 1, 0, 1]

    def test_infinite_scores_rank(self):
        scores = [-np.inf, 0.0, np.inf]
        assert ranked([1, 0, 0], scores) == [0, 0, 1]
        assert ranked([0, 0, 1], scores) == [1, 0, 0]

    def test_nan_score_is_an_error(self):
        with pytest.raises(tf.errors.InvalidArgumentError, match="NaN"):
            ranked([1, 0], [0.1, np.nan])
