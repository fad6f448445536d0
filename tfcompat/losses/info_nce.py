"""InfoNCE: pick the compatible candidate out of the row."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class InfoNCELoss(keras.losses.Loss):
    """Cross-entropy of naming a compatible candidate among incompatible ones.

    For each compatible candidate p of a query:
    `-log(e_p / (e_p + sum of e_n over incompatible n))`, with
    `e = exp(score / temperature)`. A query costs the mean over its compatible
    candidates; they do not compete with each other, so the cost can reach 0
    however many there are. A row that lacks either kind costs 0.

    Args:
        temperature: Positive, in units of the score. Lower looks harder at
            the strongest incompatible candidates. GeCo's best AUC is at 0.5
            and its best MRR at 0.1, both on cosines.
        **kwargs: Passed to `keras.losses.Loss`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]` scores; higher is more compatible.

    Returns:
        float `[batch]`, before reduction.

    Raises:
        ValueError: If `temperature` is not positive.

    Reference:
        van den Oord et al. 2018, https://arxiv.org/abs/1807.03748; GeCo,
        equation 12. Departs from GeCo's equation: without its leading
        1 / temperature, which its released code leaves out as well, because
        it only rescales the loss.
    """

    def __init__(self, temperature=0.5, name="info_nce", **kwargs):
        super().__init__(name=name, **kwargs)
        if not temperature > 0:
            raise ValueError(
                f"`temperature` must be positive, got {temperature}."
            )
        self.temperature = temperature

    def call(self, y_true, y_pred):
        logits = tf.convert_to_tensor(y_pred) / self.temperature  # [b, c]
        y_true = tf.cast(y_true, logits.dtype)
        # Finite, since a log-sum of nothing but -inf has a NaN gradient.
        nothing = tf.ones_like(logits) * (logits.dtype.min / 2)
        negatives = tf.where(y_true > 0, nothing, logits)
        rivals = tf.reduce_logsumexp(negatives, axis=-1, keepdims=True)
        # -log(e_p / (e_p + e_r)) = softplus(r - p).
        costs = y_true * tf.nn.softplus(rivals - logits)
        return tf.math.divide_no_nan(
            tf.reduce_sum(costs, axis=-1), tf.reduce_sum(y_true, axis=-1)
        )

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}
