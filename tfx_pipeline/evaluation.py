"""Whether a model is good enough to be served: TFX's Evaluator on our terms."""

import json
import logging

import tensorflow_model_analysis as tfma
from tfx.components import Evaluator
from tfx.components.evaluator.executor import Executor as TFXExecutor
from tfx.dsl.components.base.executor_spec import BeamExecutorSpec
from tfx.dsl.components.common.resolver import Resolver
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import (
    LatestBlessedModelStrategy,
)
from tfx.types import artifact_utils
from tfx.types.channel import Channel
from tfx.types.standard_artifacts import Model, ModelBlessing

from tfx_pipeline import vote_metrics
from tfx_pipeline.evaluation_page import PAGE, write_evaluation_page
from tfx_pipeline.evaluation_reading import read_evaluation

SIGNATURE, SCORE = "examples", "score"
SPLIT = "test"
SLICES = ("candidate_group", "candidate_category")
TOP_K = (1, 5, 10)

logger = logging.getLogger(__name__)


def make_evaluation(config, *, model, examples, schema, managed=False):
    """Makes the components that bless a model or do not.

    Args:
        config: `tfx_pipeline.config.PipelineConfig`.
        model: Channel of the model.
        examples: Channel of raw examples of votes on pairs.
        schema: Channel of their schema.
        managed: Whether the pipeline runs on Kubeflow or Vertex, which know
            TFX's own resolver strategies alone.

    Returns:
        Tuple of the components: the resolver of the model to compare with,
        and the evaluator, whose outputs are "evaluation" and "blessing".
    """
    channels = {
        "model": Channel(type=Model),
        "model_blessing": Channel(type=ModelBlessing),
    }
    strategy = LatestBlessedModelStrategy
    if not managed:
        channels["candidate"] = model
        strategy = OtherBlessedModelStrategy
    resolver = Resolver(strategy_class=strategy, **channels)
    evaluator = VoteEvaluator(
        examples=examples,
        model=model,
        baseline_model=resolver.outputs["model"],
        schema=schema,
        eval_config=eval_config(config),
        example_splits=[SPLIT],
        module_path=vote_metrics.__name__,
    )
    return (
        resolver.with_id("Resolver_blessed_model"),
        evaluator.with_id("Evaluator"),
    )


def eval_config(config):
    """What is measured, and what a model must reach.

    Args:
        config: `PipelineConfig`; its `bar_customer_roc_auc` and
            `allowed_loss` become thresholds on the ROC AUC averaged over
            customers. A score for every vote is asked for as well.

    Returns:
        `tfma.EvalConfig`. Slices are for `VoteRanking`: tfma gives metrics of
        a query the customer's votes outside of the slice as well.
    """
    overall = tfma.SlicingSpec()
    thresholds = {
        vote_metrics.CUSTOMER_ROC_AUC: tfma.MetricThreshold(
            value_threshold=tfma.GenericValueThreshold(
                lower_bound={"value": config.bar_customer_roc_auc}
            )
        ),
        vote_metrics.COMPARABLE: tfma.MetricThreshold(
            change_threshold=tfma.GenericChangeThreshold(
                direction=tfma.MetricDirection.HIGHER_IS_BETTER,
                absolute={"value": -config.allowed_loss},
            )
        ),
        vote_metrics.UNSCORED: tfma.MetricThreshold(
            value_threshold=tfma.GenericValueThreshold(
                upper_bound={"value": 0.0}
            )
        ),
    }
    ranking = tfma.MetricsSpec(
        metrics=[
            tfma.MetricConfig(
                class_name=vote_metrics.VoteRanking.__name__,
                module=vote_metrics.__name__,
            )
        ],
        per_slice_thresholds={
            name: tfma.PerSliceMetricThresholds(
                thresholds=[
                    tfma.PerSliceMetricThreshold(
                        slicing_specs=[overall], threshold=threshold
                    )
                ]
            )
            for name, threshold in thresholds.items()
        },
    )
    # Not tfma's precision at k: it is wrong for scores below 0.
    top_lists = tfma.MetricsSpec(
        metrics=[
            tfma.MetricConfig(
                class_name="NDCG",
                config=json.dumps({"gain_key": vote_metrics.LABEL_KEY}),
            )
        ],
        query_key=vote_metrics.CUSTOMER_KEY,
        binarize={"top_k_list": {"values": TOP_K}},
    )
    return tfma.EvalConfig(
        model_specs=[
            tfma.ModelSpec(
                signature_name=SIGNATURE,
                prediction_key=SCORE,
                label_key=vote_metrics.LABEL_KEY,
            )
        ],
        slicing_specs=[
            overall,
            *(tfma.SlicingSpec(feature_keys=[name]) for name in SLICES),
        ],
        metrics_specs=[ranking, top_lists],
    )


class OtherBlessedModelStrategy(LatestBlessedModelStrategy):
    """Finds the latest blessed model that is not the candidate itself.

    A run in which nothing changed then evaluates what the run before did, and
    takes it from the cache.
    """

    def resolve_artifacts(self, store, input_dict):
        candidates = {artifact.id for artifact in input_dict["candidate"]}
        others = [
            artifact
            for artifact in input_dict["model"]
            if artifact.id not in candidates
        ]
        blessings = input_dict["model_blessing"]
        found = super().resolve_artifacts(
            store, {"model": others, "model_blessing": blessings}
        )
        return {**found, "candidate": input_dict["candidate"]}


class VoteEvaluatorExecutor(TFXExecutor):
    """Says in words what came out, in the log and on a page."""

    def Do(self, input_dict, output_dict, exec_properties):
        super().Do(input_dict, output_dict, exec_properties)
        folder = artifact_utils.get_single_uri(output_dict["evaluation"])
        evaluation = read_evaluation(folder)
        write_evaluation_page(evaluation, f"{folder}/{PAGE}")
        logger.info("%s", evaluation.verdict)


class VoteEvaluator(Evaluator):
    """Evaluates and blesses; its arguments are those of TFX's Evaluator."""

    EXECUTOR_SPEC = BeamExecutorSpec(VoteEvaluatorExecutor)
