"""Mean reciprocal rank."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.metrics.question_metric import QuestionMetric


@keras.saving.register_keras_serializable(package="tfcompat")
class MeanReciprocalRank(QuestionMetric):
    """Mean of 1 / rank of the best ranked compatible candidate.

    Tied incompatible candidates rank first, so a constant scorer gets the
    worst rank. Rows without a compatible candidate are left out.

    Args:
        **kwargs: Passed to `keras.metrics.Mean`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]` scores; higher is more compatible.
        sample_weight: Optional, `[batch]`.
    """

    def __init__(self, name="mrr", **kwargs):
        super().__init__(name=name, **kwargs)

    def measure(self, ranked):
        ranks_above = tf.argmax(ranked, axis=-1)  # argmax finds the first.
        return 1.0 / (1.0 + tf.cast(ranks_above, ranked.dtype))
