import math

import numpy as np
import pytest
import tensorflow_model_analysis as tfma

from tests.tfx_pipeline.scored_votes import ScoredVotes
from tfcompat.metrics.vote_report import evaluate_votes
from tfx_pipeline import vote_metrics


def rank(votes, scores, parts=1, others=None):
    """What the metric makes of votes that `parts` workers have gathered.

    With the scores of another model: a pair, of what it makes of either.
    """
    scores = {"": scores} if others is None else {"a": scores, "b": others}
    config = tfma.EvalConfig(
        model_specs=[
            tfma.ModelSpec(name=name, label_key="label") for name in scores
        ]
    )
    inputs = [_inputs(votes, scores, row) for row in range(len(votes.labels))]
    found = []
    for computation in vote_metrics.VoteRanking().computations(
        eval_config=config, model_names=list(scores)
    ):
        combiner = computation.combiner
        accumulators = [combiner.create_accumulator() for _ in range(parts)]
        for row, vote in enumerate(inputs):
            combiner.add_input(accumulators[row % parts], vote)
        merged = combiner.merge_accumulators(accumulators)
        output = combiner.extract_output(merged)
        assert list(output) == computation.keys
        found.append({key.name: value for key, value in output.items()})
    return found[0] if others is None else found


def _inputs(votes, scores, row):
    def by_model(value):
        values = {name: value(name) for name in scores}
        return values if len(scores) > 1 else values[""]

    return tfma.metrics.StandardMetricInputs(
        labels=by_model(lambda _: np.float32(votes.labels[row : row + 1])),
        predictions=by_model(lambda name: np.array([scores[name][row]])),
        example_weights=by_model(lambda _: np.ones(1)),
        features={
            "customer_id": np.array(f"c{votes.customers[row]}".encode(), object)
        },
    )


class TestVoteRanking:
    @pytest.mark.parametrize("parts", [1, 3])
    def test_numbers_are_those_of_tfcompat_evaluate(self, parts):
        votes = ScoredVotes.random()
        scores = votes.informed_scores(0.7)
        scores[:40] = -3  # Ties.
        expected = evaluate_votes(votes.labels, scores, votes.customers)
        values = rank(votes, scores, parts)
        for name, value in expected["overall"].items():
            assert values[name] == value
        for name, value in expected["customer"].items():
            assert values[f"customer_{name}"] == pytest.approx(value, 1e-12)
        assert values["votes"] == 300

    def test_by_hand(self):
        # c0: the liked one above one of two others, AUC 1/2; c1: above, 1;
        # c2 likes both: skipped. Mean 3/4 over 2 customers. Overall, of 4
        # liked (.5 .9 .1 .2) and 3 not (.6 .4 .3): pairs won 2 + 3 + 0 + 0.
        votes = ScoredVotes([0, 0, 0, 1, 1, 2, 2], [1, 0, 0, 1, 0, 1, 1])
        values = rank(votes, [0.5, 0.6, 0.4, 0.9, 0.3, 0.1, 0.2])
        assert values["customer_roc_auc"] == 3 / 4
        assert values["roc_auc"] == pytest.approx(5 / 12)
        assert values["customers_counted"] == 2
        assert values["customers_skipped"] == 1

    def test_one_score_for_all_is_chance(self):
        votes = ScoredVotes.random()
        values = rank(votes, np.full(300, -7.0))
        assert values["roc_auc"] == values["customer_roc_auc"] == 0.5

    def test_undefined_is_nan(self):
        values = rank(ScoredVotes([0, 1], [1, 1]), [0.1, 0.2])
        assert math.isnan(values["customer_roc_auc"])
        assert values["customers_counted"] == 0
        assert values["customers_skipped"] == 2


class TestVotesWithoutScore:
    """As of a model that came before some of the items."""

    @pytest.fixture
    def pair(self):
        votes = ScoredVotes.random()
        scores, others = votes.informed_scores(2.0), votes.informed_scores(1.0)
        others[200:] = np.nan
        return votes, scores, others, rank(votes, scores, 2, others)

    def test_are_counted_and_do_not_count(self, pair):
        votes, scores, others, (first, second) = pair
        expected = evaluate_votes(votes.labels, scores, votes.customers)
        assert first["customer_roc_auc"] == expected["customer"]["roc_auc"]
        assert first["unscored_votes"] == 0
        expected = evaluate_votes(
            votes.labels[:200], others[:200], votes.customers[:200]
        )
        assert second["customer_roc_auc"] == expected["customer"]["roc_auc"]
        assert second["unscored_votes"] == 100
        assert second["votes"] == 200

    def test_models_are_compared_without_them(self, pair):
        votes, scores, others, found = pair
        for values, column in zip(found, (scores, others), strict=True):
            expected = evaluate_votes(
                votes.labels[:200], column[:200], votes.customers[:200]
            )
            assert (
                values["comparable_customer_roc_auc"]
                == (expected["customer"]["roc_auc"])
            )

    def test_nothing_to_compare_is_a_draw(self):
        votes = ScoredVotes.random()
        unknown = np.full(300, np.nan)
        for values in rank(votes, votes.informed_scores(2.0), 1, unknown):
            assert values["comparable_customer_roc_auc"] == 0.5


class TestLabels:
    def test_votes_become_0_and_1(self):
        extracts = {"features": {"vote": np.array([b"1", b"-1", b"1"], object)}}
        labelled = vote_metrics._label_votes(extracts)
        assert labelled["features"]["label"].tolist() == [1, 0, 1]
        assert labelled["features"]["label"].dtype == np.float32
        assert "label" not in extracts["features"]
