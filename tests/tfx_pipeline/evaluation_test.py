import dataclasses
import types

import numpy as np
import pytest
import tensorflow_model_analysis as tfma
from tfx.types.channel import Channel
from tfx.types.standard_artifacts import (
    Examples,
    Model,
    ModelBlessing,
    ModelEvaluation,
    Schema,
)
from tfx.utils import proto_utils

from tests.tfx_pipeline.artifacts import make_artifact
from tests.tfx_pipeline.scored_votes import ScoredVotes, write_model
from tfcompat.metrics.vote_report import evaluate_votes
from tfx_pipeline.config import IN_PROCESS
from tfx_pipeline.evaluation import (
    OtherBlessedModelStrategy,
    VoteEvaluatorExecutor,
    eval_config,
    make_evaluation,
)
from tfx_pipeline.evaluation_reading import EVERYTHING, read_evaluation

BAR, ALLOWED_LOSS = 0.6, 0.02
CONFIG = types.SimpleNamespace(
    bar_customer_roc_auc=BAR, allowed_loss=ALLOWED_LOSS
)


@dataclasses.dataclass
class Evaluated:
    """One run of the evaluator."""

    folder: object
    blessing: object

    @property
    def evaluation(self):
        return read_evaluation(str(self.folder))


@pytest.fixture(scope="module")
def votes():
    return ScoredVotes.random()


@pytest.fixture(scope="module")
def evaluate(votes, tmp_path_factory):
    """Function that evaluates scores, compared with others."""
    examples = tmp_path_factory.mktemp("votes")
    votes.write(examples)
    votes.write(examples, "train")

    def evaluate(scores, others=None):
        work = tmp_path_factory.mktemp("evaluation")
        inputs = {
            "examples": [
                make_artifact(
                    Examples, examples, split_names='["train", "test"]'
                )
            ],
            "model": [make_artifact(Model, work / "model")],
        }
        write_model(work / "model", scores)
        if others is not None:
            inputs["baseline_model"] = [make_artifact(Model, work / "others")]
            write_model(work / "others", others)
        blessing = make_artifact(ModelBlessing, work / "blessing")
        evaluation = make_artifact(ModelEvaluation, work / "evaluation")
        executor = VoteEvaluatorExecutor(
            VoteEvaluatorExecutor.Context(
                beam_pipeline_args=list(IN_PROCESS),
                tmp_dir=str(work),
                unique_id="1",
            )
        )
        executor.Do(
            inputs,
            {"evaluation": [evaluation], "blessing": [blessing]},
            {
                "eval_config": proto_utils.proto_to_json(eval_config(CONFIG)),
                "example_splits": '["test"]',
                "module_path": "tfx_pipeline.vote_metrics",
            },
        )
        return Evaluated(work / "evaluation", blessing)

    return evaluate


@pytest.fixture(scope="module")
def good(votes, evaluate):
    """Of scores above the bar, compared with nothing."""
    return evaluate(votes.informed_scores(1.5))


@pytest.fixture(scope="module")
def worse(votes, evaluate):
    """Of scores above the bar, compared with better ones."""
    return evaluate(votes.informed_scores(1.0), votes.informed_scores(1.5))


class TestGoodModel:
    def test_is_blessed(self, good):
        assert good.evaluation.is_blessed
        assert good.blessing.get_int_custom_property("blessed") == 1

    def test_numbers_are_those_of_tfcompat_evaluate(self, votes, good):
        # Test votes alone: those of the split train are there as well.
        expected = evaluate_votes(
            votes.labels, votes.informed_scores(1.5), votes.customers
        )
        values = good.evaluation.values[EVERYTHING]
        assert values["votes"] == expected["count"]
        assert values["roc_auc"] == pytest.approx(
            expected["overall"]["roc_auc"], 1e-9
        )
        assert values["customer_auprc"] == pytest.approx(
            expected["customer"]["auprc"], 1e-9
        )
        assert values["customers_skipped"] == 2

    def test_slice_counts_its_own_votes_alone(self, votes, good):
        chosen = votes.groups == "shoes"
        expected = evaluate_votes(
            votes.labels[chosen],
            votes.informed_scores(1.5)[chosen],
            votes.customers[chosen],
        )
        values = good.evaluation.values["candidate_group: shoes"]
        assert values["votes"] == chosen.sum()
        assert values["customer_roc_auc"] == pytest.approx(
            expected["customer"]["roc_auc"], 1e-9
        )
        assert "candidate_category: bottom 1" in good.evaluation.values

    def test_ndcg_by_hand(self, votes, good):
        # At 1: how many customers like what scores highest, of those who
        # like anything; all do.
        scores = votes.informed_scores(1.5)
        firsts = [
            votes.labels[votes.customers == customer][
                np.argmax(scores[votes.customers == customer])
            ]
            for customer in range(12)
        ]
        values = good.evaluation.values[EVERYTHING]
        assert values["ndcg_at_1"] == pytest.approx(np.mean(firsts))

    def test_page_says_so(self, good):
        page = (good.folder / "evaluation.html").read_text()
        assert "<b>Blessed.</b>" in page
        assert "No model has been\nblessed before" in page
        assert "candidate group: shoes" in page

    def test_tfma_reads_it_still(self, good):
        assert tfma.load_eval_result(str(good.folder)).slicing_metrics


class TestWorseModel:
    def test_is_not_blessed(self, worse):
        assert worse.blessing.get_int_custom_property("blessed") == 0

    def test_reason_is_the_loss(self, worse):
        evaluation = worse.evaluation
        value, before = (
            table[EVERYTHING]["customer_roc_auc"]
            for table in (evaluation.values, evaluation.compared)
        )
        assert BAR < value < before - ALLOWED_LOSS
        [reason] = evaluation.reasons
        assert "last blessed" in reason
        page = (worse.folder / "evaluation.html").read_text()
        assert "Not blessed." in page
        assert "lose no more than\n0.02 of it" in page


class TestNewItems:
    def test_model_is_compared_on_what_the_older_one_knows(
        self, votes, evaluate
    ):
        older = votes.informed_scores(3.0)
        older[100:] = np.nan  # Votes on items that it has never seen.
        scores = votes.informed_scores(3.0)
        scores[100:] = votes.informed_scores(1.0)[100:]
        found = evaluate(scores, older).evaluation
        assert found.is_blessed, found.reasons
        assert found.compared[EVERYTHING]["unscored_votes"] == 200
        assert found.comparison[0] == found.comparison[1]


class TestBadModel:
    def test_without_taste_is_not_blessed_though_nothing_is_better(
        self, votes, evaluate
    ):
        scores = votes.informed_scores(0.0)
        scores[-7:] = np.nan
        found = evaluate(scores).evaluation
        assert not found.is_blessed
        assert "does not score 7 of the votes" in found.reasons[0]
        assert "below the bar of 0.6" in found.reasons[1]


class TestOtherBlessedModel:
    def resolve(self, tmp_path, candidate, blessed):
        models = [make_artifact(Model, tmp_path / str(n)) for n in range(3)]
        blessings = []
        for place, model in enumerate(models):
            blessing = make_artifact(ModelBlessing, tmp_path / "blessing")
            blessing.set_int_custom_property("current_model_id", model.id)
            blessing.set_int_custom_property("blessed", int(place in blessed))
            blessings.append(blessing)
        found = OtherBlessedModelStrategy().resolve_artifacts(
            None,
            {
                "model": list(models),
                "model_blessing": blessings,
                "candidate": [models[candidate]],
            },
        )
        return [models.index(model) for model in found["model"]]

    def test_is_the_latest_blessed(self, tmp_path):
        assert self.resolve(tmp_path, candidate=2, blessed=[0, 1]) == [1]
        assert self.resolve(tmp_path, candidate=2, blessed=[0]) == [0]

    def test_is_not_the_candidate_itself(self, tmp_path):
        assert self.resolve(tmp_path, candidate=2, blessed=[0, 2]) == [0]

    def test_may_be_none(self, tmp_path):
        assert self.resolve(tmp_path, candidate=2, blessed=[2]) == []


class TestWiring:
    @pytest.mark.parametrize("managed", [False, True])
    def test_compares_with_what_the_resolver_finds(self, managed):
        resolver, evaluator = make_evaluation(
            CONFIG,
            model=Channel(type=Model),
            examples=Channel(type=Examples),
            schema=Channel(type=Schema),
            managed=managed,
        )
        assert ("candidate" in resolver.outputs) != managed
        baseline = evaluator.inputs["baseline_model"]
        assert baseline.producer_component_id == resolver.id
        assert evaluator.exec_properties["example_splits"] == '["test"]'
