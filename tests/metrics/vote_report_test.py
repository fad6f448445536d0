import json

import numpy as np
import pytest

from tfcompat.metrics import evaluate_votes, ranked_votes

KEYS = ["roc_auc", "auprc", "recall_at_50_percent", "average_precision_at_10"]


class TestEvaluateVotes:
    def test_numbers_by_hand(self):
        # Customer 3 ranks both right, customer 4 both wrong.
        report = evaluate_votes(
            [[1], [0], [1], [0]], [[4], [3], [1], [2]], np.array([3, 3, 4, 4])
        )
        assert report == {
            "count": 4,
            "votes_of_known_customers": 4,
            "overall": {
                # Right pairs: 4 > 3, 4 > 2; wrong: 1 < 3, 1 < 2.
                "roc_auc": 0.5,
                # Ranked 1 0 0 1: (1/1 + 2/4) / 2.
                "auprc": 0.75,
                "recall_at_50_percent": 0.5,
                # (1/1 + 1/2 + 1/3 + 2/4) / 4 = 7/12.
                "average_precision_at_10": pytest.approx(7 / 12),
            },
            "customer": {
                "roc_auc": 0.5,  # (1 + 0) / 2.
                "auprc": 0.75,  # (1 + 1/2) / 2.
                "recall_at_50_percent": 0.5,  # (1 + 0) / 2.
                # ((1 + 1/2) / 2 + (0 + 1/2) / 2) / 2.
                "average_precision_at_10": 0.5,
            },
            "customers_counted": dict.fromkeys(KEYS, 2),
            "customers_skipped": dict.fromkeys(KEYS, 0),
        }

    def test_agrees_with_the_functions(self):
        random = np.random.default_rng(0)
        labels = random.integers(0, 2, (90, 4))
        scores = random.normal(size=(90, 4)).round(1)
        customers = random.integers(-1, 20, 90)
        report = evaluate_votes(labels, scores, customers)
        functions = [
            ranked_votes.roc_auc,
            ranked_votes.auprc,
            ranked_votes.recall_at_percent,
            ranked_votes.averaged_precision_at_k,
        ]
        for key, function in zip(KEYS, functions, strict=True):
            assert report["overall"][key] == function(labels, scores)
            average = function(labels, scores, customers)
            assert report["customer"][key] == average.mean
            assert report["customers_counted"][key] == average.counted
            assert report["customers_skipped"][key] == average.skipped

    def test_unknown_customers_count_overall_only(self):
        report = evaluate_votes([1, 0, 0, 1], [4, 3, 9, 1], [3, 3, -1, -1])
        assert report["count"] == 4
        assert report["votes_of_known_customers"] == 2
        assert report["customer"]["roc_auc"] == 1
        # 4 > 3, 4 < 9, 1 < 3, 1 < 9.
        assert report["overall"]["roc_auc"] == 0.25

    def test_undefined_values_are_none_and_json(self):
        report = evaluate_votes([1, 1], [0.1, 0.2], [0, 1])
        assert report["overall"]["roc_auc"] is None
        assert report["customer"]["roc_auc"] is None
        assert report["customers_skipped"]["roc_auc"] == 2
        assert report["customers_counted"]["auprc"] == 2
        assert json.loads(json.dumps(report, allow_nan=False)) == report
