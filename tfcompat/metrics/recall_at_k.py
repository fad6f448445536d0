"""Recall in the first k candidates of each question."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.metrics.question_metric import QuestionMetric


@keras.saving.register_keras_serializable(package="tfcompat")
class RecallAtK(QuestionMetric):
    """Mean share of a question's compatible candidates ranked in its top k.

    With one compatible candidate a row this is the hit rate. Tied
    incompatible candidates rank first. Rows without a compatible candidate
    are left out.

    Args:
        k: Length of the list, positive; may exceed the candidates.
        **kwargs: Passed to `keras.metrics.Mean`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]` scores; higher is more compatible.
        sample_weight: Optional, `[batch]`.

    Raises:
        ValueError: If `k` is not a positive integer.
    """

    def __init__(self, k=10, name=None, **kwargs):
        if k != int(k) or k < 1:
            raise ValueError(f"`k` must be a positive integer, got {k}.")
        super().__init__(name=name or f"recall_at_{k}", **kwargs)
        self.k = k

    def measure(self, ranked):
        found = tf.reduce_sum(ranked[:, : self.k], axis=-1)
        return tf.math.divide_no_nan(found, tf.reduce_sum(ranked, axis=-1))

    def get_config(self):
        return {**super().get_config(), "k": self.k}
