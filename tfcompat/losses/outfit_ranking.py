"""The outfit ranking loss of CSA-Net."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class OutfitRankingLoss(keras.losses.Loss):
    """Wants the compatible candidate `margin` above one semi-hard other.

    A candidate's score stands for the whole outfit: the mean over its items
    of the negative distance, `-D`. Of the incompatible candidates only the
    least distance counts, `D_N = min D_n` over the semi-hard ones (farther
    than the compatible candidate; where none is, the farthest of all), and
    there is one hinge: `max(0, D_p - D_N + margin)`.

    A row with several compatible candidates costs their mean; a row without
    any, or without an incompatible one, nothing.

    Args:
        margin: Wanted gap, in units of the score; positive.
        **kwargs: Passed to `keras.losses.Loss`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]` scores; higher is more compatible.

    Returns:
        float `[batch]`, before reduction.

    Raises:
        ValueError: If `margin` is not positive.

    Reference:
        Lin, Tran, Davis 2020, https://arxiv.org/abs/1912.08967 (facts.md, 2);
        ADDE-O trains with it, too.
    """

    def __init__(self, margin=0.3, name="outfit_ranking", **kwargs):
        super().__init__(name=name, **kwargs)
        if not margin > 0:
            raise ValueError(f"`margin` must be positive, got {margin}.")
        self.margin = margin

    def call(self, y_true, y_pred):
        y_pred = tf.convert_to_tensor(y_pred)
        labels = tf.cast(y_true, y_pred.dtype)
        wrong = labels < 0.5
        positive = y_pred[:, :, None]  # [b, c, 1]
        others = y_pred[:, None, :]  # [b, 1, c]
        low = tf.reduce_min(y_pred) - 1.0
        farther = wrong[:, None] & (others < positive)
        semi_hard = tf.reduce_max(tf.where(farther, others, low), axis=-1)
        high = tf.reduce_max(y_pred) + 1.0
        farthest = tf.reduce_min(
            tf.where(wrong, y_pred, high), axis=-1, keepdims=True
        )
        chosen = tf.where(tf.reduce_any(farther, axis=-1), semi_hard, farthest)
        has_other = tf.cast(tf.reduce_any(wrong, axis=-1), y_pred.dtype)
        costs = labels * tf.nn.relu(self.margin - (y_pred - chosen))
        total = tf.reduce_sum(costs, axis=-1) * has_other
        return tf.math.divide_no_nan(total, tf.reduce_sum(labels, axis=-1))

    def get_config(self):
        return {**super().get_config(), "margin": self.margin}
