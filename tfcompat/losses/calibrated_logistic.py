"""Logistic loss for distances: cross-entropy of 1 - d / margin."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class CalibratedLogisticLoss(keras.losses.Loss):
    """Binary cross-entropy of the probability that a distance stands for.

    The score is a distance model's: score = -d, with d >= 0. The model trained
    by `ContrastiveLoss` ends up with `1 - d / margin` as its probability of a
    like; this loss asks for the same calibration, and punishes a confident
    mistake harder. With `p = 1 - d / margin`, a liked candidate costs
    `-log p`, a disliked one `-log(1 - p)`, and a query the mean over its
    candidates.

    `-log` alone has no value past the margin and an endless slope at both
    ends. So below `floor` it goes on as its tangent: a liked pair far beyond
    the margin is still pulled in, with the constant slope
    `1 / (floor * margin)`. Clipping p instead would leave such a pair without
    any gradient, and `log(p / (1 - p))` as a logit is infinite at both ends.
    Above 1 the cost is 0: a disliked pair beyond the margin is far enough.
    Between `floor` and `1 - floor` it is the exact cross-entropy, so the
    expected cost is least at the true probability.

    Args:
        margin: Distance that stands for probability 0; positive.
        floor: Probability below which the tangent takes over, in (0, 0.5).
            Lower is exact closer to the ends and steeper at them.
        **kwargs: Passed to `keras.losses.Loss`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]`, negative distances.

    Returns:
        float `[batch]`, before reduction.

    Raises:
        ValueError: If `margin` is not positive or `floor` is out of range.

    Reference:
        Ours. The probability is where the expected value of PSA-Net's
        equation 4 is least.
    """

    def __init__(
        self, margin=1.0, floor=0.01, name="calibrated_logistic", **kwargs
    ):
        super().__init__(name=name, **kwargs)
        if not margin > 0:
            raise ValueError(f"`margin` must be positive, got {margin}.")
        if not 0 < floor < 0.5:
            raise ValueError(f"`floor` must be in (0, 0.5), got {floor}.")
        self.margin = margin
        self.floor = floor

    def call(self, y_true, y_pred):
        y_pred = tf.convert_to_tensor(y_pred)
        y_true = tf.cast(y_true, y_pred.dtype)
        unlike = -y_pred / self.margin  # 1 - p, exact near 0.
        costs = y_true * self.cost(1.0 - unlike)
        costs += (1.0 - y_true) * self.cost(unlike)  # [b, c]
        return tf.reduce_mean(costs, axis=-1)

    def cost(self, probability):
        """-log, made a tangent below `floor` and 0 above 1."""
        inside = tf.clip_by_value(probability, self.floor, 1.0)
        below = tf.nn.relu(self.floor - probability) / self.floor
        return below - tf.math.log(inside)

    def get_config(self):
        return {
            **super().get_config(),
            "margin": self.margin,
            "floor": self.floor,
        }
