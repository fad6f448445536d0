"""Averaged precision of the first k votes."""

import tf_keras as keras

from tfcompat.metrics import ranked_votes
from tfcompat.metrics.vote_metric import VoteMetric


@keras.saving.register_keras_serializable(package="tfcompat")
class AveragePrecisionAtK(VoteMetric):
    """Mean of precision@1, ..., precision@k over all votes.

    Unlike precision@k it rewards compatible votes that stand higher within
    the first k. Exact over all votes seen; ties count with the mean over
    their orders, so a constant scorer gets the positive rate. With fewer than
    k votes it is the mean up to their number.

    Not what others call AP@k, which averages over compatible votes only.

    Args:
        k: Length of the longest list, positive.
        **kwargs: Passed to `keras.metrics.Metric`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]` scores; higher is more compatible.
        sample_weight: Must be None.

    Raises:
        ValueError: If `k` is not a positive integer.

    Reference:
        PSA-Net, section IV-C: AVGPREC@k.
    """

    def __init__(self, k=10, name=None, **kwargs):
        if k != int(k) or k < 1:
            raise ValueError(f"`k` must be a positive integer, got {k}.")
        super().__init__(name=name or f"average_precision_at_{k}", **kwargs)
        self.k = k

    def measure(self, labels, scores, customers=None):
        return ranked_votes.averaged_precision_at_k(
            labels, scores, customers, k=self.k
        )

    def get_config(self):
        return {**super().get_config(), "k": self.k}
