import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tfcompat.data.simulator.oracle import customer_roc_auc


class TestCustomerRocAuc:
    def test_worked_mean_of_two_customers(self):
        # First: liked .9 and .2, disliked .5: beats it once of twice, 1/2.
        # Second: liked .3 above disliked .1: 1. Mean 3/4.
        customers = np.array([0, 0, 0, 1, 1])
        votes = np.array([1, 1, -1, 1, -1])
        scores = np.array([0.9, 0.2, 0.5, 0.3, 0.1])
        assert customer_roc_auc(customers, votes, scores) == 0.75

    def test_ties_count_half(self):
        customers, scores = np.zeros(4, int), np.ones(4)
        votes = np.array([1, -1, -1, 1])
        assert customer_roc_auc(customers, votes, scores) == 0.5

    def test_customer_with_one_kind_of_vote_is_left_out(self):
        customers = np.array([0, 0, 1, 1])
        votes = np.array([1, -1, 1, 1])
        scores = np.array([0.8, 0.1, 0.3, 0.9])
        assert customer_roc_auc(customers, votes, scores) == 1.0

    def test_nobody_left_is_nan(self):
        nothing = customer_roc_auc(np.array([0]), np.array([1]), np.ones(1))
        assert np.isnan(nothing)

    def test_agrees_with_scikit_learn(self):
        random = np.random.default_rng(0)
        customers = np.repeat(np.arange(5), 40)
        votes = random.choice([-1, 1], 200)
        scores = np.round(random.random(200), 1)  # With ties.
        expected = np.mean(
            [
                roc_auc_score(votes[customers == c], scores[customers == c])
                for c in range(5)
            ]
        )
        found = customer_roc_auc(customers, votes, scores)
        assert found == pytest.approx(expected)
