import itertools

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from tfcompat.metrics import ranked_votes
from tfcompat.metrics.ranked_votes import CustomerAverage, RankedVotes

METRICS = {
    "roc_auc": ranked_votes.roc_auc,
    "auprc": ranked_votes.auprc,
    "recall_at_percent": ranked_votes.recall_at_percent,
    "averaged_precision_at_k": ranked_votes.averaged_precision_at_k,
}
every_metric = pytest.mark.parametrize(
    "metric", METRICS.values(), ids=METRICS.keys()
)

LABELS = np.array([1, 0, 1, 1, 0])
SCORES = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
TIED_LABELS = np.array([1, 1, 0, 0])
TIED_SCORES = np.array([2.0, 1.0, 1.0, 0.0])


def random_votes(seed, count=400, levels=12, customers=9):
    """Votes with many ties, of customers with numbers far apart."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, count)
    scores = (random.integers(0, levels, count) + labels) / 8 - 1
    return labels, scores, 1000 * random.integers(0, customers, count) + 7


def mean_over_orders(labels, scores, value):
    """Mean of `value(labels best first)` over all orders of tied votes."""
    values = [
        value(labels[list(order)])
        for order in itertools.permutations(range(len(labels)))
        if all(np.diff(scores[list(order)]) <= 0)
    ]
    return np.mean(values)


class TestNumbersByHand:
    def test_roc_auc(self):
        # .9 beats .8 and .5; .7 and .6 beat .5: 4 of 3 * 2 pairs.
        assert ranked_votes.roc_auc(LABELS, SCORES) == pytest.approx(4 / 6)

    def test_auprc(self):
        # Precision at the compatible votes: 1/1, 2/3, 3/4.
        expected = (1 + 2 / 3 + 3 / 4) / 3
        assert ranked_votes.auprc(LABELS, SCORES) == pytest.approx(expected)

    def test_recall(self):
        # 40 % of 5 votes are 2, with 1 of 3 compatible ones.
        value = ranked_votes.recall_at_percent(LABELS, SCORES, percent=40)
        assert value == pytest.approx(1 / 3)

    def test_recall_takes_a_fraction_of_the_last_vote(self):
        # 50 % of 5 votes are 2.5: 1 compatible, and half of the third.
        value = ranked_votes.recall_at_percent(LABELS, SCORES)
        assert value == pytest.approx(1.5 / 3)

    def test_averaged_precision(self):
        # Precision at 1, 2, 3: 1/1, 1/2, 2/3.
        value = ranked_votes.averaged_precision_at_k(LABELS, SCORES, k=3)
        assert value == pytest.approx((1 + 1 / 2 + 2 / 3) / 3)

    def test_averaged_precision_of_few_votes_goes_to_their_number(self):
        value = ranked_votes.averaged_precision_at_k(LABELS, SCORES, k=10)
        expected = (1 + 1 / 2 + 2 / 3 + 3 / 4 + 3 / 5) / 5
        assert value == pytest.approx(expected)

    def test_tied_pair_is_half_won(self):
        # 2 beats both; 1 ties with one and beats one: 3.5 of 4.
        value = ranked_votes.roc_auc(TIED_LABELS, TIED_SCORES)
        assert value == pytest.approx(3.5 / 4)

    def test_tied_votes_are_one_step_of_the_curve(self):
        # 1/1 down to score 2, and 2/3 down to score 1.
        value = ranked_votes.auprc(TIED_LABELS, TIED_SCORES)
        assert value == pytest.approx((1 + 2 / 3) / 2)

    def test_tie_at_the_end_of_the_list_counts_by_its_rate(self):
        # Of the 2 votes on top the second is compatible half of the time.
        value = ranked_votes.recall_at_percent(TIED_LABELS, TIED_SCORES)
        assert value == pytest.approx(1.5 / 2)

    def test_tie_in_averaged_precision_counts_by_its_rate(self):
        # Precision at 1: 1; at 2: (1 + 1/2) / 2.
        value = ranked_votes.averaged_precision_at_k(
            TIED_LABELS, TIED_SCORES, k=2
        )
        assert value == pytest.approx((1 + 0.75) / 2)


class TestAgainstOtherWays:
    @pytest.mark.parametrize("seed", range(5))
    def test_agrees_with_scikit_learn(self, seed):
        labels, scores, _ = random_votes(seed)
        auc = ranked_votes.roc_auc(labels, scores)
        area = ranked_votes.auprc(labels, scores)
        assert auc == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)
        expected = average_precision_score(labels, scores)
        assert area == pytest.approx(expected, abs=1e-12)

    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize("k", [1, 2, 3, 5, 6, 8])
    def test_top_lists_are_means_over_the_orders_of_ties(self, seed, k):
        random = np.random.default_rng(seed)
        labels = np.append(random.integers(0, 2, 5), 1)
        scores = random.integers(0, 3, 6) / 4
        deepest = min(k, 6)

        def averaged_precision(ranked):
            return np.mean([ranked[:j].mean() for j in range(1, deepest + 1)])

        expected = mean_over_orders(labels, scores, averaged_precision)
        value = ranked_votes.averaged_precision_at_k(labels, scores, k=k)
        assert value == pytest.approx(expected)

        expected = mean_over_orders(
            labels, scores, lambda ranked: ranked[:deepest].sum() / labels.sum()
        )
        value = ranked_votes.recall_at_percent(
            labels, scores, percent=100 * deepest / 6
        )
        assert value == pytest.approx(expected)

    @pytest.mark.parametrize(
        "metric, reference",
        [
            (ranked_votes.roc_auc, roc_auc_score),
            (ranked_votes.auprc, average_precision_score),
        ],
    )
    def test_customer_average_is_a_loop_over_customers(self, metric, reference):
        labels, scores, customers = random_votes(3)
        values = [
            reference(labels[customers == c], scores[customers == c])
            for c in np.unique(customers)
        ]
        average = metric(labels, scores, customers)
        assert average.mean == pytest.approx(np.mean(values), abs=1e-12)
        assert average[1:] == (9, 0)

    @every_metric
    def test_customer_average_is_a_mean_of_overall_values(self, metric):
        labels, scores, customers = random_votes(4)
        values = [
            metric(labels[customers == c], scores[customers == c])
            for c in np.unique(customers)
        ]
        average = metric(labels, scores, customers)
        assert average.mean == pytest.approx(np.mean(values), abs=1e-12)


class TestProperties:
    @every_metric
    @pytest.mark.parametrize("by_customer", [False, True])
    def test_order_of_votes_does_not_matter(self, metric, by_customer):
        labels, scores, customers = random_votes(0)
        order = np.random.default_rng(1).permutation(len(labels))
        before = metric(labels, scores, customers if by_customer else None)
        after = metric(
            labels[order],
            scores[order],
            customers[order] if by_customer else None,
        )
        np.testing.assert_allclose(after, before, rtol=1e-12)

    @every_metric
    def test_only_the_order_of_scores_matters(self, metric):
        labels, scores, customers = random_votes(1)
        expected = metric(labels, scores, customers)
        for other in (scores + 64, scores * 1e30, np.exp(scores)):
            np.testing.assert_allclose(
                metric(labels, other, customers), expected, rtol=1e-12
            )

    @every_metric
    def test_each_customer_has_a_scale_of_scores(self, metric):
        labels, scores, customers = random_votes(2)
        np.testing.assert_allclose(
            metric(labels, scores + customers, customers),
            metric(labels, scores, customers),
        )

    @every_metric
    def test_customers_do_not_tie_with_each_other(self, metric):
        # Each one's votes are tied, at the same score: 1/2 by any metric.
        customers = np.array([0, 0, 1, 1])
        average = metric([1, 0, 0, 1], np.ones(4), customers)
        assert average == CustomerAverage(0.5, 2, 0)

    @pytest.mark.parametrize("count", [2, 5, 7, 30])
    def test_constant_scorer_gets_what_chance_gets(self, count):
        labels = np.arange(count) % 3 == 0
        scores, rate = np.zeros(count), labels.mean()
        assert ranked_votes.roc_auc(labels, scores) == 0.5
        assert ranked_votes.auprc(labels, scores) == pytest.approx(rate)
        recall = ranked_votes.recall_at_percent(labels, scores)
        assert recall == pytest.approx(0.5)
        precision = ranked_votes.averaged_precision_at_k(labels, scores)
        assert precision == pytest.approx(rate)

    @every_metric
    def test_perfect_scorer_beats_the_reversed_one(self, metric):
        labels = np.arange(20) % 2
        assert metric(labels, labels) == 1
        assert metric(labels, -labels) <= 0.5

    @every_metric
    def test_infinite_scores_rank_and_tie(self, metric):
        infinite = np.array([np.inf, 1.0, 0.0, -np.inf, -np.inf])
        finite = np.array([9.0, 1.0, 0.0, -9.0, -9.0])
        assert metric(LABELS, infinite) == metric(LABELS, finite)

    @every_metric
    def test_any_shape_is_a_list_of_votes(self, metric):
        labels, scores, _ = random_votes(5, count=12)
        customers = np.array([1, 0, 1])
        shaped = metric(labels.reshape(3, 4), scores.reshape(3, 4), customers)
        assert shaped == metric(labels, scores, np.repeat(customers, 4))


class TestUndefined:
    def test_customer_of_one_class_is_skipped_and_counted(self):
        # Customer 0 has both classes, 1 only likes, 2 only dislikes.
        labels = np.array([1, 0, 1, 1, 0, 0])
        scores = np.array([2.0, 1.0, 5.0, 4.0, 5.0, 4.0])
        customers = np.array([0, 0, 1, 1, 2, 2])
        votes = labels, scores, customers
        assert ranked_votes.roc_auc(*votes) == CustomerAverage(1.0, 1, 2)
        assert ranked_votes.auprc(*votes) == CustomerAverage(1.0, 2, 1)
        # In the top half: 1 of 1, and 1 of 2.
        recall = ranked_votes.recall_at_percent(*votes)
        assert recall == CustomerAverage(0.75, 2, 1)
        # Precision at 1 and 2: (1, 1/2), (1, 1), (0, 0).
        precision = ranked_votes.averaged_precision_at_k(*votes)
        assert precision == (pytest.approx((0.75 + 1 + 0) / 3), 3, 0)

    @every_metric
    def test_no_votes_have_no_value(self, metric):
        assert np.isnan(metric([], []))
        nobody = np.array([], int)
        mean, counted, skipped = metric([], [], nobody)
        assert np.isnan(mean)
        assert (counted, skipped) == (0, 0)

    def test_one_class_has_no_overall_auc(self):
        assert np.isnan(ranked_votes.roc_auc([1, 1], [0.1, 0.2]))

    @every_metric
    def test_unknown_customers_belong_to_no_average(self, metric):
        labels, scores, customers = random_votes(6)
        known = customers != customers[0]
        expected = metric(labels[known], scores[known], customers[known])
        customers = np.where(known, customers, -1)
        assert metric(labels, scores, customers) == expected


class TestWrongArguments:
    @pytest.mark.parametrize("percent", [0, -5, 101, float("nan")])
    def test_percent_out_of_range(self, percent):
        with pytest.raises(ValueError, match=f"`percent`.*{percent}"):
            RankedVotes(LABELS, SCORES).recall_at_percent(percent)

    @pytest.mark.parametrize("k", [0, -1, 2.5])
    def test_k_out_of_range(self, k):
        with pytest.raises(ValueError, match=f"`k`.*{k}"):
            RankedVotes(LABELS, SCORES).averaged_precision_at_k(k)


class TestManyCustomers:
    def test_equals_a_loop_over_scikit_learn(self):
        # `benchmarks/cases/evaluation.py` says how much quicker it is.
        labels, _, customers = random_votes(0, 5000, customers=100)
        scores = np.random.default_rng(0).normal(size=5000) + labels
        loop = [
            roc_auc_score(labels[votes], scores[votes])
            for votes in (customers == c for c in np.unique(customers))
        ]
        average = ranked_votes.roc_auc(labels, scores, customers)
        assert average.mean == pytest.approx(np.mean(loop))
        assert average.counted == len(loop)
