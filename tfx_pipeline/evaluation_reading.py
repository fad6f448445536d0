"""What came out of an evaluation, read from the Evaluator's folder."""

import dataclasses
import math

import tensorflow_model_analysis as tfma

from tfx_pipeline.vote_metrics import (
    COMPARABLE,
    CUSTOMER_ROC_AUC,
    UNSCORED,
)

EVERYTHING = "all votes"
_CANDIDATE, _BASELINE = "candidate", "baseline"


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """How good a model is, and whether that is good enough.

    Attributes:
        values: Dict from slice to dict from metric to float, NaN where it is
            undefined; "all votes" first.
        compared: The same of the model last blessed; empty if there is none.
        bar: Customer-level ROC AUC that must be reached.
        allowed_loss: How much of it may be lost; 0 where nothing is compared,
            as tfma keeps no such threshold then.
        is_blessed: Whether the model may be pushed.
    """

    values: dict
    compared: dict
    bar: float
    allowed_loss: float
    is_blessed: bool

    @property
    def reasons(self):
        """Why the model is not blessed: list of texts, empty if it is."""
        if self.is_blessed:
            return []
        reasons = []
        value = self._find(self.values, CUSTOMER_ROC_AUC)
        unscored = self._find(self.values, UNSCORED)
        if unscored > 0:
            reasons.append(f"it does not score {unscored:,.0f} of the votes")
        if math.isnan(value):
            reasons.append(
                "its customer-level ROC AUC is undefined: no customer has "
                "test votes of both kinds"
            )
        if value < self.bar:
            reasons.append(
                f"its customer-level ROC AUC of {value:.4f} is below the bar "
                f"of {self.bar:g}"
            )
        if self.compared:
            value, before = self.comparison
            if not value - before >= -self.allowed_loss:
                reasons.append(
                    f"its customer-level ROC AUC of {value:.4f} is "
                    f"{before - value:.4f} less than that of the model last "
                    f"blessed ({before:.4f}), and {self.allowed_loss:g} is "
                    "allowed"
                )
        return reasons

    @property
    def verdict(self):
        """One line: blessed or why not."""
        if not self.is_blessed:
            return f"not blessed: {'; '.join(self.reasons)}"
        value = self._find(self.values, CUSTOMER_ROC_AUC)
        text = f"blessed: customer-level ROC AUC {value:.4f}, bar {self.bar:g}"
        if self.compared:
            value, before = self.comparison
            text += f"; {value:.4f} to {before:.4f} of the model last blessed"
        return text

    @property
    def comparison(self):
        """Customer-level ROC AUC of both models on votes that both score."""
        return tuple(
            self._find(values, COMPARABLE)
            for values in (self.values, self.compared)
        )

    @staticmethod
    def _find(values, name):
        return values.get(EVERYTHING, {}).get(name, math.nan)


def read_evaluation(folder):
    """Reads what the Evaluator has written.

    Args:
        folder: URI of its `ModelEvaluation`.

    Returns:
        `Evaluation`.
    """
    values, compared = {}, {}
    for metrics in tfma.load_metrics(folder):
        name = _slice_name(metrics.slice_key)
        for entry in metrics.metric_keys_and_values:
            key = entry.key
            if key.is_diff:
                continue
            table = compared if key.model_name == _BASELINE else values
            metric = key.name
            if key.HasField("sub_key"):
                metric = f"{metric}_at_{key.sub_key.top_k.value}"
            table.setdefault(name, {})[metric] = entry.value.double_value.value
    config = tfma.load_eval_result(
        folder, model_name=_CANDIDATE if compared else None
    ).config
    limits = {
        name: found.thresholds[0].threshold
        for name, found in config.metrics_specs[0].per_slice_thresholds.items()
    }
    return Evaluation(
        values=_sorted(values),
        compared=_sorted(compared),
        bar=limits[CUSTOMER_ROC_AUC].value_threshold.lower_bound.value,
        allowed_loss=-limits[COMPARABLE].change_threshold.absolute.value,
        is_blessed=tfma.load_validation_result(folder).validation_ok,
    )


def _slice_name(key):
    parts = [
        f"{part.column}: {part.bytes_value.decode(errors='replace')}"
        for part in key.single_slice_keys
    ]
    return ", ".join(parts) or EVERYTHING


def _sorted(table):
    order = sorted(table, key=lambda name: (name != EVERYTHING, name))
    return {name: table[name] for name in order}
