"""Triplets mined in the batch, of items with and without the same label."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class SemiHardLoss(keras.losses.Loss):
    """Wants items of one class nearer than the semi-hard items of others.

    For each positive pair (a, p) of the batch the negative is the nearest one
    that is farther from a than p is, or, where all are nearer, the farthest;
    the cost is `max(0, d(a, p) - d(a, n) + margin)` with squared Euclidean
    distances, averaged over all positive pairs. Rows whose class is unknown
    (-1) are neither positive nor negative.

    No rows of candidates here: labels and embeddings are those of a batch.

    Args:
        margin: Wanted gap of squared distances; positive.
        **kwargs: Passed to `keras.losses.Loss`.

    Call arguments:
        y_true: int `[n]` or `[n, 1]` classes; `[n, A]` for one class in each
            of A subspaces, whose costs are added up.
        y_pred: float `[n, d]` embeddings, or `[n, A, d]`; of length 1, as a
            rule.

    Returns:
        float `[n]`, before reduction: each row's share as anchor, so that the
        mean over rows is the mean over positive pairs.

    Raises:
        ValueError: If `margin` is not positive.

    Reference:
        Schroff, Kalenichenko, Philbin 2015, https://arxiv.org/abs/1503.03832,
        section 3.2; ADDE's released losses (facts.md, 1.3).
    """

    def __init__(self, margin=0.5, name="semi_hard", **kwargs):
        super().__init__(name=name, **kwargs)
        if not margin > 0:
            raise ValueError(f"`margin` must be positive, got {margin}.")
        self.margin = margin

    def call(self, y_true, y_pred):
        y_pred = tf.cast(y_pred, tf.float32)
        if y_pred.shape.rank == 2:
            return self._cost(tf.reshape(y_true, [-1]), y_pred)
        costs = [
            self._cost(y_true[:, place], y_pred[:, place])
            for place in range(y_pred.shape[1])
        ]
        return tf.add_n(costs)

    def _cost(self, classes, embeddings):
        squares = tf.reduce_sum(tf.square(embeddings), axis=-1)
        products = tf.matmul(embeddings, embeddings, transpose_b=True)
        distances = squares[:, None] + squares[None] - 2.0 * products
        distances = tf.nn.relu(distances)  # Rounding may go below zero.
        known = classes >= 0
        both = known[:, None] & known[None]
        alike = classes[:, None] == classes[None]
        count = tf.shape(classes)[0]
        positive = both & alike & ~tf.eye(count, dtype=tf.bool)
        negative = both & ~alike
        # Each anchor's negatives, nearest first; the rest stands behind.
        behind = tf.reduce_max(distances) + 1.0
        ordered = tf.sort(tf.where(negative, distances, behind), axis=-1)
        last = tf.reduce_sum(tf.cast(negative, tf.int32), -1, True) - 1
        # The first farther than the positive, or else the last of all.
        place = tf.searchsorted(ordered, distances, side="right")
        place = tf.maximum(tf.minimum(place, last), 0)
        chosen = tf.gather(ordered, place, batch_dims=1)  # [anchor, positive]
        pairs = positive & tf.reduce_any(negative, axis=-1, keepdims=True)
        pairs = tf.cast(pairs, tf.float32)
        costs = pairs * tf.nn.relu(distances - chosen + self.margin)
        total = tf.reduce_sum(pairs)
        rows = tf.reduce_sum(costs, axis=-1) * tf.cast(count, tf.float32)
        return tf.math.divide_no_nan(rows, total)

    def get_config(self):
        return {**super().get_config(), "margin": self.margin}
