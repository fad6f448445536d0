"""Any metric of this folder, averaged over customers."""

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.metrics import vote_table
from tfcompat.metrics.question_metric import QuestionMetric
from tfcompat.metrics.ranked_votes import CustomerAverage
from tfcompat.metrics.vote_metric import VoteMetric


@keras.saving.register_keras_serializable(package="tfcompat")
class CustomerAveraged(keras.metrics.Metric):
    """Mean over customers of a metric of each customer's votes or questions.

    Each customer counts the same, with many votes or few. Customers whose
    value is undefined are skipped; `average` tells how many.

    Keras hands its compiled metrics labels and scores, but not the inputs,
    among which the customers are. So this metric is not for `compile`: update
    it in a loop of your own, or call `evaluate_votes` on what `predict`
    returns. Compile the plain metrics.

    Args:
        metric: One of this folder's metrics, such as `ROCAUC()`. Used for its
            formula and name; its own state stays as it is.
        **kwargs: Passed to `keras.metrics.Metric`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]` scores; higher is more compatible.
        customers: int `[batch]`. Negative is an unknown customer, whose rows
            are left out.

    Raises:
        ValueError: If `metric` is no metric of this folder. On updating
            without `customers`, as `compile` would.

    Reference:
        PSA-Net, section IV-C.2.
    """

    def __init__(self, metric, name=None, **kwargs):
        if not isinstance(metric, VoteMetric | QuestionMetric):
            raise ValueError(
                f"`metric` must be a metric of tfcompat.metrics, got {metric}."
            )
        super().__init__(name=name or f"customer_{metric.name}", **kwargs)
        self.metric = metric
        self.table = vote_table.make_table(width=3)

    def update_state(self, y_true, y_pred, customers=None, sample_weight=None):
        if customers is None or sample_weight is not None:
            raise ValueError(
                f"{self.name} needs `customers` and takes no `sample_weight`. "
                "Keras cannot pass the customers to a compiled metric; update "
                "this one by hand, or use `evaluate_votes`."
            )
        first, second = self.metric.observe(y_true, y_pred)
        customers = tf.convert_to_tensor(customers)
        for _ in first.shape[1:]:
            customers = customers[..., None]
        customers = tf.broadcast_to(customers, tf.shape(first))
        vote_table.append_rows(self.table, first, second, customers)

    def average(self) -> CustomerAverage:
        """The mean with the numbers of customers counted and skipped."""
        return self._average(self.table.numpy())

    @tf.autograph.experimental.do_not_convert  # It is NumPy inside.
    def result(self):
        def mean(table):
            return np.float32(self._average(table).mean)

        return tf.ensure_shape(
            tf.numpy_function(mean, [self.table], tf.float32), ()
        )

    def reset_state(self):
        vote_table.clear(self.table)

    def merge_state(self, metrics):
        for metric in metrics:
            vote_table.append_rows(self.table, *tf.unstack(metric.table, 3, 1))

    def _average(self, table):
        customers = table[:, 2].astype(np.int64)
        return self.metric.average_over_customers(
            table[:, 0], table[:, 1], customers
        )

    def get_config(self):
        return {
            **super().get_config(),
            "metric": keras.saving.serialize_keras_object(self.metric),
        }

    @classmethod
    def from_config(cls, config):
        metric = keras.saving.deserialize_keras_object(config.pop("metric"))
        return cls(metric=metric, **config)
