"""Fréchet distance (FID) between the features of real and designed images."""

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError


def images_needed(dim):
    """The fewest images whose covariance in `dim` features has full rank."""
    return dim + 1


def frechet_distance(mean_a, covariance_a, mean_b, covariance_b):
    """Squared Fréchet distance of two normal distributions.

    `|mean_a - mean_b|^2 + trace(A + B - 2 (A B)^(1/2))`. The trace of the root
    is that of the symmetric `(A^(1/2) B A^(1/2))^(1/2)`, whose eigenvalues are
    real; the root of the product itself comes out complex where a covariance
    is nearly singular.

    Args:
        mean_a: float64 `[d]`.
        covariance_a: float64 `[d, d]`, symmetric.
        mean_b: float64 `[d]`.
        covariance_b: float64 `[d, d]`, symmetric.

    Returns:
        float, at least 0 up to rounding.

    Reference:
        Dowson, Landau 1982, https://doi.org/10.1016/0047-259X(82)90077-X.
    """
    values, vectors = np.linalg.eigh(covariance_a)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    inner = np.linalg.eigvalsh(root @ covariance_b @ root)
    shared = np.sqrt(np.maximum(inner, 0.0)).sum()
    gap = mean_a - mean_b
    return float(
        gap @ gap
        + np.trace(covariance_a)
        + np.trace(covariance_b)
        - 2.0 * shared
    )


@keras.saving.register_keras_serializable(package="tfcompat")
class FrechetDistance(keras.metrics.Metric):
    """FID: how far designs are from real images in a network's features.

    Lower is better; real images against themselves give 0. Both sides are
    taken for normal distributions, and only their sums are kept, so that any
    number of images streams through.

    The number depends on the network, so its name belongs into `name`:
    `fid_inception`, `fid_garment`. It falls with the number of images even
    where nothing else changes, so compare equal counts only. With no more
    images than features a covariance is singular and the number would say
    nothing: it is refused.

    Args:
        dim: Number of features.
        **kwargs: Passed to `keras.metrics.Metric`.

    Call arguments:
        real: float `[n, dim]`, features of real images; n may be 0.
        designed: float `[m, dim]`, features of designs; m may be 0.

    Raises:
        ValueError: If `dim` is not positive.
        InputError: On `result`, with fewer than `images_needed(dim)` of
            either; the message says how many are needed.

    Reference:
        Heusel et al. 2017, https://arxiv.org/abs/1706.08500, equation 6.
    """

    def __init__(self, dim, name="fid", **kwargs):
        super().__init__(name=name, **kwargs)
        if dim < 1:
            raise ValueError(f"`dim` must be positive, got {dim}.")
        self.dim = dim

        def add(name, *shape):
            return self.add_weight(
                name, shape=shape, initializer="zeros", dtype=tf.float64
            )

        self.moments = {
            kind: (
                add(f"{kind}_count"),
                add(f"{kind}_sum", dim),
                add(f"{kind}_products", dim, dim),
            )
            for kind in ("real", "designed")
        }

    def update_state(self, real, designed):
        for kind, features in (("real", real), ("designed", designed)):
            features = tf.cast(features, tf.float64)
            count, total, products = self.moments[kind]
            count.assign_add(tf.cast(tf.shape(features)[0], tf.float64))
            total.assign_add(tf.reduce_sum(features, axis=0))
            products.assign_add(tf.matmul(features, features, transpose_a=True))

    @tf.autograph.experimental.do_not_convert  # It is NumPy inside.
    def result(self):
        state = tf.nest.flatten(self.moments)
        if tf.executing_eagerly():  # So that the error stays readable.
            return self._measure(*(weight.numpy() for weight in state))
        return tf.ensure_shape(
            tf.numpy_function(self._measure, state, tf.float32), ()
        )

    def _measure(self, *state):
        designed, real = state[:3], state[3:]  # `flatten` sorts the keys.
        needed = images_needed(self.dim)
        if min(real[0], designed[0]) < needed:
            raise InputError(
                f"{self.name} needs at least {needed} images of either kind, "
                f"one more than its {self.dim} features; got "
                f"{real[0]:.0f} real and {designed[0]:.0f} designed ones."
            )
        return np.float32(
            frechet_distance(
                *_mean_covariance(*real), *_mean_covariance(*designed)
            )
        )

    def reset_state(self):
        for weight in self.weights:
            weight.assign(tf.zeros_like(weight))

    def get_config(self):
        return {**super().get_config(), "dim": self.dim}


def _mean_covariance(count, total, products):
    mean = total / count
    covariance = (products - count * np.outer(mean, mean)) / (count - 1)
    return mean, covariance
