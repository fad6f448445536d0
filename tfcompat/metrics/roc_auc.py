"""Area under the ROC curve of all votes."""

import tf_keras as keras

from tfcompat.metrics import ranked_votes
from tfcompat.metrics.vote_metric import VoteMetric


@keras.saving.register_keras_serializable(package="tfcompat")
class ROCAUC(VoteMetric):
    """Chance that a compatible vote scores above an incompatible one.

    Exact over all votes seen; a tie counts half, so a constant scorer gets
    1/2. NaN until both labels have been seen.

    Args:
        **kwargs: Passed to `keras.metrics.Metric`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]` scores; higher is more compatible.
        sample_weight: Must be None.

    Reference:
        PSA-Net, section IV-C.
    """

    def __init__(self, name="roc_auc", **kwargs):
        super().__init__(name=name, **kwargs)

    def measure(self, labels, scores, customers=None):
        return ranked_votes.roc_auc(labels, scores, customers)
