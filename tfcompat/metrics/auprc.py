"""Area under the precision-recall curve of all votes."""

import tf_keras as keras

from tfcompat.metrics import ranked_votes
from tfcompat.metrics.vote_metric import VoteMetric


@keras.saving.register_keras_serializable(package="tfcompat")
class AUPRC(VoteMetric):
    """Mean precision down to each compatible vote.

    The step-wise area, also called average precision. Exact over all votes
    seen; tied votes are one step, so a constant scorer gets the positive
    rate. NaN until a compatible vote has been seen.

    Args:
        **kwargs: Passed to `keras.metrics.Metric`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]` scores; higher is more compatible.
        sample_weight: Must be None.

    Reference:
        PSA-Net, section IV-C, which does not say how it joins the points of
        the curve; steps do not overstate the area as straight lines do.
    """

    def __init__(self, name="auprc", **kwargs):
        super().__init__(name=name, **kwargs)

    def measure(self, labels, scores, customers=None):
        return ranked_votes.auprc(labels, scores, customers)
