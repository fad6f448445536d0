"""Bayesian personalised ranking loss."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class BPRLoss(keras.losses.Loss):
    """Raises the odds that a compatible candidate beats an incompatible one.

    For each query: mean over pairs (p compatible, n not) of
    `-log sigmoid(score_p - score_n)`. Unlike a hinge it never stops asking
    for more, and needs no margin to fit the scale of the scores. A row with
    no such pair costs 0.

    Args:
        **kwargs: Passed to `keras.losses.Loss`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]` scores; higher is more compatible.

    Returns:
        float `[batch]`, before reduction.

    Reference:
        Rendle et al. 2009, https://arxiv.org/abs/1205.2618, without the
        weight decay, which belongs to the optimiser here.
    """

    def __init__(self, name="bpr", **kwargs):
        super().__init__(name=name, **kwargs)

    def call(self, y_true, y_pred):
        scores = tf.convert_to_tensor(y_pred)
        labels = tf.cast(y_true, scores.dtype)
        # One row for each compatible candidate: where a batch offers all of
        # its candidates to everybody, few are, and the rest costs nothing.
        places = tf.where(labels > 0)  # [p, 2]
        questions = places[:, 0]
        gaps = tf.gather_nd(scores, places)[:, None] - tf.gather(
            scores, questions
        )  # [p, c]
        others = 1.0 - tf.gather(labels, questions)
        # -log sigmoid(x) = softplus(-x), which cannot overflow.
        costs = tf.reduce_sum(others * tf.nn.softplus(-gaps), axis=1)
        total = tf.math.unsorted_segment_sum(
            costs, questions, tf.shape(scores)[0]
        )
        positive = tf.reduce_sum(labels, axis=-1)
        negative = tf.reduce_sum(1.0 - labels, axis=-1)
        return tf.math.divide_no_nan(total, positive * negative)
