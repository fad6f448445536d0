"""Triplet loss over the compatible and incompatible candidates of a query."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.losses.label_pairs import mean_over_pairs, score_gaps


@keras.saving.register_keras_serializable(package="tfcompat")
class TripletLoss(keras.losses.Loss):
    """Wants each compatible candidate `margin` above each incompatible one.

    For each query: mean over pairs (p compatible, n not) of
    `max(margin - (score_p - score_n), 0)`. A row with no such pair costs 0.

    On a distance model's scores, score = -d, this is
    `max(d_p - d_n + margin, 0)`, the triplet loss with the query as anchor.
    On any other scores it is known as the pairwise hinge loss. The two are one
    formula, so there is no second class for the second name.

    Args:
        margin: Wanted gap, in units of the score; positive. The paper does
            not state one; 0.3 is what type-aware embeddings use on distances
            between normalised embeddings.
        **kwargs: Passed to `keras.losses.Loss`.

    Call arguments:
        y_true: `[batch, candidates]`, 1 for compatible and 0 otherwise.
        y_pred: float `[batch, candidates]` scores; higher is more compatible.

    Returns:
        float `[batch]`, before reduction.

    Raises:
        ValueError: If `margin` is not positive.

    Reference:
        PSA-Net, section III-C, equation 3; Vasileva et al. 2018 (margin),
        https://arxiv.org/abs/1803.09196.
    """

    def __init__(self, margin=0.3, name="triplet", **kwargs):
        super().__init__(name=name, **kwargs)
        if not margin > 0:
            raise ValueError(f"`margin` must be positive, got {margin}.")
        self.margin = margin

    def call(self, y_true, y_pred):
        gaps = score_gaps(tf.convert_to_tensor(y_pred))  # [b, c, c]
        return mean_over_pairs(tf.nn.relu(self.margin - gaps), y_true)

    def get_config(self):
        return {**super().get_config(), "margin": self.margin}
