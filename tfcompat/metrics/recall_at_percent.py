"""Recall in the best part of all votes."""

import tf_keras as keras

from tfcompat.metrics import ranked_votes
from tfcompat.metrics.vote_metric import VoteMetric


@keras.saving.register_keras_serializable(package="tfcompat")
class RecallAtPercent(VoteMetric):
    """Share of the compatible votes found in the top `percent` % of votes.

    Exact over all votes seen. Ties count with the mean over their orders and
    a broken k by its fraction, so a constant scorer gets `percent` %. NaN
    until a compatible vote has been seen.

    Args:
        percent: Length of the list, in (0, 100] % of the votes.
        **kwargs: Passed to `keras.metrics.Metric`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]` scores; higher is more compatible.
        sample_weight: Must be None.

    Raises:
        ValueError: If `percent` is not in (0, 100].

    Reference:
        PSA-Net, section IV-C: RECALL@x%, with k = x n / 100.
    """

    def __init__(self, percent=50, name=None, **kwargs):
        if not 0 < percent <= 100:
            raise ValueError(f"`percent` must be in (0, 100], got {percent}.")
        super().__init__(name=name or f"recall_at_{percent}_percent", **kwargs)
        self.percent = percent

    def measure(self, labels, scores, customers=None):
        return ranked_votes.recall_at_percent(
            labels, scores, customers, percent=self.percent
        )

    def get_config(self):
        return {**super().get_config(), "percent": self.percent}
