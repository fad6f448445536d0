"""Normalised discounted cumulative gain of each question's top k."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.metrics.question_metric import QuestionMetric


@keras.saving.register_keras_serializable(package="tfcompat")
class NDCGAtK(QuestionMetric):
    """Mean gain of a question's top k, over that of the best order.

    A compatible candidate at rank r gains 1 / log2(1 + r), an incompatible
    one nothing. The best order has the row's compatible candidates first, so
    1 is always within reach. Tied incompatible candidates rank first. Rows
    without a compatible candidate are left out.

    Args:
        k: Length of the list, positive; may exceed the candidates.
        **kwargs: Passed to `keras.metrics.Mean`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]` scores; higher is more compatible.
        sample_weight: Optional, `[batch]`.

    Raises:
        ValueError: If `k` is not a positive integer.

    Reference:
        Järvelin and Kekäläinen 2002, https://doi.org/10.1145/582415.582418.
    """

    def __init__(self, k=10, name=None, **kwargs):
        if k != int(k) or k < 1:
            raise ValueError(f"`k` must be a positive integer, got {k}.")
        super().__init__(name=name or f"ndcg_at_{k}", **kwargs)
        self.k = k

    def measure(self, ranked):
        best = tf.sort(ranked, axis=-1, direction="DESCENDING")
        return tf.math.divide_no_nan(self.gain(ranked), self.gain(best))

    def gain(self, ranked):
        """Discounted gain of the top k, `[batch]`."""
        top = ranked[:, : self.k]
        ranks = tf.range(1, tf.shape(top)[1] + 1)
        discounts = tf.math.log(1.0 + tf.cast(ranks, top.dtype))
        return tf.reduce_sum(top / discounts, axis=-1)  # The base cancels.

    def get_config(self):
        return {**super().get_config(), "k": self.k}
