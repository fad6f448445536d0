"""What the metrics over lists of candidates have in common."""

import abc

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.metrics.ranked_labels import rank_labels
from tfcompat.metrics.ranked_votes import summarise


class QuestionMetric(keras.metrics.Mean):
    """Mean over questions of how well each one's candidates are ranked.

    Each row is a question of its own. Rows without a compatible candidate
    have no answer and are left out. A tie counts against the model.

    Subclasses define `measure`.

    Args:
        **kwargs: Passed to `keras.metrics.Mean`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]` scores; higher is more compatible.
        sample_weight: Optional, `[batch]`.
    """

    @abc.abstractmethod
    def measure(self, ranked):
        """From labels `[batch, candidates]`, best first, to `[batch]`."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        values, answerable = self.observe(y_true, y_pred)
        if sample_weight is not None:
            answerable *= tf.cast(sample_weight, answerable.dtype)
        return super().update_state(values, answerable)

    def observe(self, y_true, y_pred):
        """What `CustomerAveraged` keeps: values, and 1 where there is one."""
        ranked = rank_labels(y_true, y_pred)
        answerable = tf.reduce_max(ranked, axis=-1)
        return self.measure(ranked), answerable

    def average_over_customers(self, values, answerable, customers):
        """NumPy columns, as observed, to a `CustomerAverage`."""
        known = customers >= 0
        _, owner = np.unique(customers[known], return_inverse=True)
        answered = np.bincount(owner, answerable[known])
        total = np.bincount(owner, (values * answerable)[known])
        means = np.full(len(total), np.nan)
        np.divide(total, answered, out=means, where=answered > 0)
        return summarise(means, customers)
