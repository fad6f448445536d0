"""Logistic loss on single (query, candidate) votes."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class LogisticLoss(keras.losses.Loss):
    """Takes each score for the log-odds that the candidate is compatible.

    A query costs the mean binary cross-entropy of `sigmoid(score)` over its
    candidates. Only for scores of either sign: a negative distance never
    says "more likely than not", so for distances use
    `CalibratedLogisticLoss`, or give the model a learned offset.

    Args:
        **kwargs: Passed to `keras.losses.Loss`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]` scores; higher is more compatible.

    Returns:
        float `[batch]`, before reduction.
    """

    def __init__(self, name="logistic", **kwargs):
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        y_pred = tf.convert_to_tensor(y_pred)
        y_true = tf.cast(y_true, y_pred.dtype)
        costs = tf.nn.sigmoid_cross_entropy_with_logits(y_true, y_pred)
        return tf.reduce_mean(costs, axis=-1)
