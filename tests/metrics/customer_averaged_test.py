import numpy as np
import pytest
import tf_keras as keras
from sklearn.metrics import roc_auc_score

from tfcompat.metrics import (
    ROCAUC,
    CustomerAveraged,
    FillInTheBlankAccuracy,
    MeanReciprocalRank,
    evaluate_votes,
)


class TestOverVotes:
    def test_numbers_by_hand(self):
        metric = CustomerAveraged(ROCAUC())
        # Customer 7 ranks 1 0 | 1: of 2 pairs 1 is right. Customer 8 is right.
        metric.update_state([[1, 0]], np.array([[3.0, 2.0]]), [7])
        metric.update_state(
            [[1, 0], [1, 0]], np.array([[1.0, 0.0], [9.0, 8.0]]), [7, 8]
        )
        # 7's votes: compatible 3 and 1, incompatible 2 and 0: 3 of 4.
        assert float(metric.result()) == (0.75 + 1) / 2

    def test_agrees_with_a_loop_over_scikit_learn(self):
        random = np.random.default_rng(0)
        labels = random.integers(0, 2, (200, 3))
        scores = random.normal(size=(200, 3)).round(1).astype("float32")
        customers = random.integers(0, 12, 200).astype("int32")
        metric = CustomerAveraged(ROCAUC())
        for part in np.split(np.arange(200), 7 * [0] + [64, 65]):
            metric.update_state(labels[part], scores[part], customers[part])
        expected = np.mean(
            [
                roc_auc_score(
                    labels[customers == c].ravel(),
                    scores[customers == c].ravel(),
                )
                for c in range(12)
            ]
        )
        assert float(metric.result()) == pytest.approx(expected, abs=1e-6)
        report = evaluate_votes(labels, scores, customers)
        assert metric.average().mean == report["customer"]["roc_auc"]

    def test_customer_of_one_class_is_skipped_and_counted(self):
        metric = CustomerAveraged(ROCAUC())
        scores = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
        metric.update_state([[1, 0], [1, 1], [0, 1]], scores, [0, 1, -1])
        assert metric.average() == (1.0, 1, 1)


class TestOverQuestions:
    labels = np.array([[1, 0], [1, 0], [1, 0], [0, 0], [0, 0], [0, 1]])
    scores = np.array([[2, 1], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2]], float)
    customers = np.array([4, 4, 5, 5, 6, -1])

    def test_customers_count_alike_however_many_questions(self):
        # Customer 4: 1 and 1/2. Customer 5: 1/2, and a row without an answer.
        # Customer 6 has no answer at all, the last row no customer.
        metric = CustomerAveraged(MeanReciprocalRank())
        metric.update_state(self.labels, self.scores, self.customers)
        assert metric.average() == ((0.75 + 0.5) / 2, 2, 1)
        assert float(metric.result()) == 0.625

    def test_wrapped_metric_keeps_its_own_state(self):
        accuracy = FillInTheBlankAccuracy()
        metric = CustomerAveraged(accuracy)
        metric.update_state(self.labels, self.scores, self.customers)
        assert metric.average().mean == 0.25  # (1/2 + 0) / 2.
        assert float(accuracy.count) == 0


class TestContract:
    def test_name_says_customer(self):
        assert CustomerAveraged(ROCAUC()).name == "customer_roc_auc"

    def test_reset_forgets_all_votes(self):
        metric = CustomerAveraged(ROCAUC())
        metric.update_state([[1, 0]], np.array([[0.0, 1.0]]), [0])
        assert float(metric.result()) == 0
        metric.reset_state()
        assert metric.average()[1:] == (0, 0)
        metric.update_state([[1, 0]], np.array([[1.0, 0.0]]), [0])
        assert float(metric.result()) == 1

    def test_merged_metrics_share_their_customers(self):
        first, second = (CustomerAveraged(ROCAUC()) for _ in range(2))
        first.update_state([[1]], np.array([[1.0]]), [3])
        second.update_state([[0]], np.array([[0.0]]), [3])
        first.merge_state([second])
        assert first.average() == (1.0, 1, 0)

    def test_customers_are_needed(self):
        with pytest.raises(ValueError, match="customer_roc_auc.*`customers`"):
            CustomerAveraged(ROCAUC()).update_state([[1]], [[1.0]])

    def test_only_metrics_of_this_package(self):
        with pytest.raises(ValueError, match="`metric`"):
            CustomerAveraged(keras.metrics.AUC())
