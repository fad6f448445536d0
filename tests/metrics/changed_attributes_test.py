import math

import numpy as np
import pytest

from tfcompat.metrics.changed_attributes import evaluate_changes

TARGET = np.array([[1, 2, 0]])
CHANGED = np.array([[True, False, False]])


def evaluate(found, changed=CHANGED):
    return evaluate_changes(np.array([found]), TARGET, changed)


class TestEvaluateChanges:
    def test_perfect_list_scores_one(self):
        report = evaluate([[1, 2, 0]] * 4)
        assert report == pytest.approx(dict.fromkeys(report, 1.0))

    def test_by_hand(self):
        # Rank 1: changed attribute right, one of two others: 2/3 of all.
        # Rank 2: changed one wrong, both others right: 2/3 of all.
        report = evaluate([[1, 2, 5], [0, 2, 0]])
        first, second = 1 / math.log(2), 1 / math.log(3)
        ideal = first + second
        assert report["top_k_accuracy"] == 0
        assert report["ndcg"] == pytest.approx(2 ** (2 / 3) - 1)
        assert report["ndcg_target"] == pytest.approx(first / ideal)
        assert report["ndcg_other"] == pytest.approx(
            ((2**0.5 - 1) * first + second) / ideal
        )

    def test_one_whole_match_among_k_is_a_hit(self):
        found = [[0, 0, 1], [1, 2, 0], [0, 0, 1]]
        assert evaluate(found)["top_k_accuracy"] == 1
        assert evaluate(found[:1])["top_k_accuracy"] == 0

    def test_nothing_right_scores_zero(self):
        report = evaluate([[0, 0, 1]] * 3)
        assert report == pytest.approx(dict.fromkeys(report, 0.0))

    def test_of_two_changes_both_must_be_right(self):
        changed = np.array([[True, True, False]])
        report = evaluate([[1, 0, 0], [1, 2, 0]], changed)
        second = 1 / math.log(3)
        assert report["ndcg_target"] == pytest.approx(
            second / (1 / math.log(2) + second)
        )

    def test_everything_changed_leaves_no_others(self):
        report = evaluate([[1, 2, 0]], np.ones((1, 3), bool))
        assert math.isnan(report["ndcg_other"])

    def test_wrong_arguments_are_refused(self):
        with pytest.raises(ValueError, match="changes nothing"):
            evaluate([[1, 2, 0]], np.zeros((1, 3), bool))
        with pytest.raises(ValueError, match="`found` must be"):
            evaluate([[1, 2]])
        with pytest.raises(ValueError, match="`found` is empty"):
            evaluate_changes(np.zeros((0, 2, 3)), TARGET[:0], CHANGED[:0])
