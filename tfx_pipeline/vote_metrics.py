"""Metrics of votes on pairs, in TensorFlow Model Analysis.

TFX's Evaluator imports this module by its name. The numbers are those of
`tfcompat evaluate`, computed by the same code.
"""

import array

import apache_beam as beam
import numpy as np
import tensorflow_model_analysis as tfma

from tfcompat.metrics.vote_report import evaluate_votes

CUSTOMER_ROC_AUC = "customer_roc_auc"
COMPARABLE = f"comparable_{CUSTOMER_ROC_AUC}"
UNSCORED = "unscored_votes"
COUNTS = ("votes", "customers_counted", "customers_skipped", UNSCORED)
CUSTOMER_KEY, VOTE_KEY, LABEL_KEY = "customer_id", "vote", "label"
_LIKED = b"1"
_CHANCE = 0.5
_VALUES = (
    "roc_auc",
    "auprc",
    "recall_at_50_percent",
    "average_precision_at_10",
)
METRICS = (
    *(f"customer_{name}" for name in _VALUES),
    *_VALUES,
    *COUNTS,
    COMPARABLE,
)


def custom_extractors(eval_shared_model, eval_config, tensor_adapter_config):
    """The default extractors, and one that makes labels of votes.

    Examples say "1" or "-1" as the shop's table does; metrics want 1 and 0.
    Evaluator calls this function by its name.

    Args:
        eval_shared_model: What Evaluator passes on to tfma.
        eval_config: `tfma.EvalConfig`.
        tensor_adapter_config: How examples become tensors.

    Returns:
        List of `tfma.extractors.Extractor`.
    """
    features, *others = tfma.default_extractors(
        eval_shared_model=eval_shared_model,
        eval_config=eval_config,
        tensor_adapter_config=tensor_adapter_config,
    )
    labels = tfma.extractors.Extractor(
        stage_name="LabelVotes", ptransform=beam.Map(_label_votes)
    )
    return [features, labels, *others]


def _label_votes(extracts):
    features = extracts[tfma.FEATURES_KEY]
    labels = (features[VOTE_KEY] == _LIKED).astype(np.float32)
    return {**extracts, tfma.FEATURES_KEY: {**features, LABEL_KEY: labels}}


class VoteRanking(tfma.metrics.Metric):
    """How well scores rank votes: of each customer, and of all together.

    A customer whose votes are all of one kind has no ROC AUC; such customers
    are skipped and counted. There is one value for all of these, in every
    slice, so that a threshold can stand on it.

    A model that came before an item scores votes on it NaN. These do not count
    for it, but are counted; `comparable_customer_roc_auc` is of the votes that
    all models score, and 1/2, a draw, where it is undefined.

    Departs from tfma's own way, a `query_key` of the customer: in a slice,
    such a metric gets all votes of the customers who have one in the slice,
    not those in the slice. Votes of a slice are gathered instead, 10 bytes
    each.

    Args:
        name: Not used; the metrics have names of their own.
    """

    def __init__(self, name="vote_ranking"):
        super().__init__(_make_computations, name=name)


def _make_computations(name, eval_config, model_names):
    return [
        tfma.metrics.MetricComputation(
            keys=[_key(metric, model) for metric in METRICS],
            preprocessors=[tfma.metrics.FeaturePreprocessor([CUSTOMER_KEY])],
            combiner=_RankVotes(eval_config, model),
        )
        for model in model_names or [""]
    ]


class _RankVotes(beam.CombineFn):
    """Gathers the votes of each customer.

    Of each vote: its label, its score, and whether all models score it.
    """

    def __init__(self, eval_config, model):
        self._eval_config = eval_config
        self._model = model
        self._others = [
            spec.name
            for spec in eval_config.model_specs
            if spec.name != model and len(eval_config.model_specs) > 1
        ]

    def create_accumulator(self):
        return {}

    def add_input(self, votes, inputs):
        customer = inputs.features[CUSTOMER_KEY].item()
        label, score = self._read(inputs, self._model)
        scores = [self._read(inputs, other)[1] for other in self._others]
        labels, known, comparable = votes.setdefault(customer, _no_votes())
        labels.append(int(label))
        known.append(score)
        comparable.append(not np.isnan([score, *scores]).any())
        return votes

    def _read(self, inputs, model):
        """Label and score of a vote."""
        [(label, score, _)] = tfma.metrics.to_label_prediction_example_weight(
            inputs, self._eval_config, model
        )
        return label.item(), score.item()

    def merge_accumulators(self, accumulators):
        merged = {}
        for votes in accumulators:
            for customer, columns in votes.items():
                known = merged.setdefault(customer, _no_votes())
                for column, more in zip(known, columns, strict=True):
                    column.extend(more)
        return merged

    def extract_output(self, votes):
        counts = [len(labels) for labels, _, _ in votes.values()]
        customers = np.repeat(np.arange(len(counts)), counts)
        labels, scores, comparable = (
            np.concatenate([np.asarray(column) for column in columns])
            for columns in zip(_no_votes(), *votes.values(), strict=True)
        )
        scored = ~np.isnan(scores)

        def report(chosen):
            return evaluate_votes(
                labels[chosen], scores[chosen], customers[chosen]
            )

        found = report(scored)
        common = report(comparable > 0)["customer"]["roc_auc"]
        values = {
            **found["overall"],
            **{
                f"customer_{name}": value
                for name, value in found["customer"].items()
            },
            "votes": found["count"],
            "customers_counted": found["customers_counted"]["roc_auc"],
            "customers_skipped": found["customers_skipped"]["roc_auc"],
            UNSCORED: int(np.sum(~scored)),
            COMPARABLE: _CHANCE if common is None else common,
        }
        return {
            _key(name, self._model): (
                np.nan if values[name] is None else values[name]
            )
            for name in METRICS
        }


def _key(name, model):
    # As tfma spells a metric that a threshold names.
    return tfma.metrics.MetricKey(
        name=name, model_name=model, example_weighted=None
    )


def _no_votes():
    return array.array("b"), array.array("d"), array.array("b")
