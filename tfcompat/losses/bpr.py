"""Bayesian personalised ranking loss."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.losses.label_pairs import mean_over_pairs, score_gaps


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
        gaps = score_gaps(tf.convert_to_tensor(y_pred))  # [b, c, c]
        # -log sigmoid(x) = softplus(-x), which cannot overflow.
        return mean_over_pairs(tf.nn.softplus(-gaps), y_true)
