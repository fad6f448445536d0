import numpy as np
import pytest

from tfcompat.data.questions import Questions
from tfcompat.evaluation.compatibility_protocols import (
    evaluate_protocols,
    measure_all_candidates,
    measure_lists,
)

NONE = -np.inf


class TestMeasureLists:
    def test_by_hand(self):
        scores = np.zeros((2, 10))
        scores[0] = [5, 4, 6, 3, 9, 1, 1, 1, 1, 1]
        scores[1] = [2, 3, 1, 1, 1, 1, 1, 1, 1, 1]
        # First negatives: 5 > 4 yes, 2 > 3 no.
        # First three: 4 yes, 6 no, 3 yes; 3 no, 1 yes, 1 yes.
        # Better than 5: 6 and 9, rank 3; better than 2: 3, rank 2.
        assert measure_lists(scores) == pytest.approx(
            {"auc_1v1": 1 / 2, "auc_1v3": 4 / 6, "mrr_1v9": (1 / 3 + 1 / 2) / 2}
        )

    def test_ties_count_against_the_model(self):
        # Ten alike: the compatible one is last.
        assert measure_lists(np.zeros((3, 10))) == pytest.approx(
            {"auc_1v1": 0.0, "auc_1v3": 0.0, "mrr_1v9": 1 / 10}
        )

    def test_absent_negatives_are_left_out(self):
        scores = np.full((2, 10), NONE)
        scores[:, 0] = 1.0
        scores[0, 1:3] = [0.0, 2.0]  # One below, one above: rank 2.
        assert measure_lists(scores) == pytest.approx(
            {"auc_1v1": 1.0, "auc_1v3": 1 / 2, "mrr_1v9": (1 / 2 + 1) / 2}
        )

    def test_shift_and_scale_change_nothing(self):
        scores = np.random.default_rng(0).normal(size=(20, 10))
        assert measure_lists(scores) == measure_lists(3.0 * scores + 7.0)

    def test_nan_is_an_error(self):
        with pytest.raises(ValueError, match="hold NaN"):
            measure_lists(np.full((1, 10), np.nan))


class TestMeasureAllCandidates:
    def test_by_hand(self):
        scores = np.array([[3.0, 1.0, 2.0], [1.0, 1.0, 2.0]])
        # Answer 2 of the first: rank 2. Answer 0 of the second ties with 1
        # and stands behind 1 and 2: rank 3.
        found = measure_all_candidates(
            [(slice(0, 2), scores)], np.array([2, 0]), 2
        )
        assert found["mrr"] == pytest.approx((1 / 2 + 1 / 3) / 2)
        assert found["recall_at_10"] == 1.0

    def test_blocks_are_as_one(self):
        random = np.random.default_rng(0)
        scores, answers = (
            random.normal(size=(9, 60)),
            random.integers(60, size=9),
        )
        blocks = [(slice(i, i + 2), scores[i : i + 2]) for i in range(0, 9, 2)]
        assert measure_all_candidates(
            blocks, answers, 9
        ) == measure_all_candidates([(slice(0, 9), scores)], answers, 9)

    def test_constant_scorer_gets_the_least(self):
        found = measure_all_candidates(
            [(slice(0, 1), np.zeros((1, 50)))], np.array([7]), 1
        )
        assert found["mrr"] == pytest.approx(1 / 50)
        assert found["recall_at_30"] == 0.0


class TestEvaluateProtocols:
    def test_candidates_are_the_different_bottoms_of_the_part(self):
        questions = Questions(
            [-1, -1, -1],
            [0, 1, 2],
            [[7, 8, 9], [5, 8, 9], [7, 5, 6]],
            [[1, 0, 0]] * 3,
        )
        asked = []

        def blocks(customers, queries, candidates):
            asked.append(candidates.tolist())
            # By their own row: 7 is above 5, wherever it is right.
            rows = np.broadcast_to(candidates, (len(queries), len(candidates)))
            yield slice(0, 3), rows.astype("float64")

        report = evaluate_protocols(
            lambda questions: questions.candidates.astype("float64"),
            blocks,
            questions,
        )
        assert asked == [[5, 7]]
        # Ranks 1, 2 and 1.
        assert report["retrieval"]["mrr"] == pytest.approx((1 + 1 / 2 + 1) / 3)
        # 7 > 8 no, 5 > 8 no, 7 > 5 yes.
        assert report["overall"]["roc_auc"] == pytest.approx(1 / 3)
        # And 7 > 9 no, 5 > 9 no, 7 > 6 yes.
        assert report["mgcm_protocol"]["roc_auc"] == pytest.approx(2 / 6)
