"""Histograms of colours, differentiable by soft bins."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.luv import LUV_RANGES


@keras.saving.register_keras_serializable(package="tfcompat")
class LUVHistogram(keras.layers.Layer):
    """Counts how much of a garment has which colour.

    The bins are the points of a grid over CIELUV. A pixel is shared out to the
    eight nearest points, more to the nearer ones (trilinear): a colour that
    moves a little moves the histogram a little, and gradients flow through.

    Departs from the paper, which names LUV histograms and neither their bins
    nor their softness: both are ours.

    Args:
        bins: Number of points along L, u and v, each at least 2.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        luv: float `[n, h, w, 3]` as `rgb_to_luv` gives it.
        weights: float `[n, h, w]`, not negative: how surely each pixel is the
            garment; None counts all alike.

    Returns:
        float32 `[n, bins[0] * bins[1] * bins[2]]`, v running fastest. Rows sum
        to 1; a row whose weights are all 0 is 0.

    Raises:
        ValueError: If `bins` are not three numbers of at least 2.

    Reference:
        MEDAL (LUV colour histograms); CIE 15:2004, section 8.2.2.
    """

    def __init__(self, bins=(6, 8, 8), **kwargs):
        super().__init__(**kwargs)
        if len(bins) != 3 or min(bins) < 2:
            raise ValueError(
                f"`bins` must be three numbers of at least 2, got {bins}."
            )
        self.bins = tuple(bins)

    def call(self, luv, weights=None):
        luv = tf.cast(luv, tf.float32)
        count = tf.shape(luv)[0]
        if weights is None:
            weights = tf.ones_like(luv[..., 0])
        weights = tf.reshape(tf.cast(weights, tf.float32), (count, -1, 1))
        lightness, u, v = (
            tf.reshape(_shares(luv[..., i], bins, *LUV_RANGES[i]), shape)
            for i, bins in enumerate(self.bins)
            for shape in [(count, -1, bins)]
        )  # [n, p, l], [n, p, u], [n, p, v]
        chroma = u[:, :, :, None] * v[:, :, None, :]  # [n, p, u, v]
        chroma = tf.reshape(
            chroma, (count, -1, self.bins[1] * self.bins[2])
        )  # [n, p, u * v]
        totals = tf.matmul(lightness * weights, chroma, transpose_a=True)
        totals = tf.reshape(totals, (count, self.output_dim))
        return tf.math.divide_no_nan(
            totals, tf.reduce_sum(totals, axis=1, keepdims=True)
        )

    @property
    def output_dim(self):
        """int: number of bins in all."""
        return self.bins[0] * self.bins[1] * self.bins[2]

    def compute_output_shape(self, luv_shape, weights_shape=None):
        return (luv_shape[0], self.output_dim)

    def get_config(self):
        return {**super().get_config(), "bins": self.bins}


def _shares(values, bins, low, high):
    """What each of `bins` evenly spaced points gets of each value."""
    step = (high - low) / (bins - 1)
    places = (tf.clip_by_value(values, low, high) - low) / step
    points = tf.range(bins, dtype=tf.float32)
    return tf.nn.relu(1.0 - tf.abs(places[..., None] - points))
