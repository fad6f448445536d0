"""What the metrics over all votes of an evaluation have in common."""

import abc

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.metrics import vote_table


class VoteMetric(keras.metrics.Metric):
    """A metric that ranks all votes seen so far against each other.

    It keeps every label and score, so that the result is exact. Keras asks for
    the result after each batch, and each time all votes so far are sorted:
    about 10 ms for 20,000. Evaluate millions with `predict` and
    `evaluate_votes` instead.

    A result is computed by NumPy within the graph, so `jit_compile` is not
    possible. It is NaN while undefined.

    Subclasses define `measure`.

    Args:
        **kwargs: Passed to `keras.metrics.Metric`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]` scores; higher is more compatible.
        sample_weight: Must be None, as each vote counts once.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.table = vote_table.make_table(width=2)

    @abc.abstractmethod
    def measure(self, labels, scores, customers=None):
        """Computes the metric of NumPy votes, as `ranked_votes` does."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        if sample_weight is not None:
            raise ValueError(
                f"`sample_weight` must be None for {self.name}, which counts "
                "each vote once. Name it in `metrics`, not in "
                "`weighted_metrics`."
            )
        vote_table.append_rows(self.table, *self.observe(y_true, y_pred))

    @tf.autograph.experimental.do_not_convert  # It is NumPy inside.
    def result(self):
        def measure(table):
            return np.float32(self.measure(table[:, 0], table[:, 1]))

        return tf.ensure_shape(
            tf.numpy_function(measure, [self.table], tf.float32), ()
        )

    def reset_state(self):
        vote_table.clear(self.table)

    def merge_state(self, metrics):
        for metric in metrics:
            vote_table.append_rows(self.table, *tf.unstack(metric.table, 2, 1))

    def observe(self, y_true, y_pred):
        """What `CustomerAveraged` keeps: two equal shapes `[batch, ...]`."""
        return tf.convert_to_tensor(y_true), tf.convert_to_tensor(y_pred)

    def average_over_customers(self, labels, scores, customers):
        """NumPy votes, as observed, to a `CustomerAverage`."""
        return self.measure(labels, scores, customers)
