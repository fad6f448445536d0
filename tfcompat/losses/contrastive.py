"""Contrastive loss on single (query, candidate) votes."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class ContrastiveLoss(keras.losses.Loss):
    """Pulls liked pairs together and pushes disliked ones `margin` apart.

    It needs no sampled third item, so every vote counts as it was given. The
    score is a distance model's: score = -d, with d >= 0. A liked candidate
    costs `d^2`, a disliked one `max(0, margin - d)^2`; a query costs the mean
    over its candidates.

    With scores in `[-margin, 0]` the expected cost is least where
    `1 - d / margin` is the probability of a like, so that is a usable
    probability once the model is trained.

    Args:
        margin: Distance, in units of d, past which a disliked pair costs
            nothing; positive. The paper does not state its value.
        **kwargs: Passed to `keras.losses.Loss`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]`, negative distances.

    Returns:
        float `[batch]`, before reduction.

    Raises:
        ValueError: If `margin` is not positive.

    Reference:
        PSA-Net, section III-C, equation 4. The printed `||f_s - f_t||2` of a
        liked pair can be read as the Euclidean norm or as its square. We read
        the square, as the disliked pair's term is squared too: only then do
        the two balance at the probability above.
    """

    def __init__(self, margin=1.0, name="contrastive", **kwargs):
        super().__init__(name=name, **kwargs)
        if not margin > 0:
            raise ValueError(f"`margin` must be positive, got {margin}.")
        self.margin = margin

    def call(self, y_true, y_pred):
        y_pred = tf.convert_to_tensor(y_pred)
        y_true = tf.cast(y_true, y_pred.dtype)
        distances = -y_pred
        liked = tf.square(distances)
        disliked = tf.square(tf.nn.relu(self.margin - distances))
        costs = y_true * liked + (1.0 - y_true) * disliked  # [b, c]
        return tf.reduce_mean(costs, axis=-1)

    def get_config(self):
        return {**super().get_config(), "margin": self.margin}
