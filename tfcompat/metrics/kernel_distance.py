"""Kernel distance (KID) between the features of real and designed images."""

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.metrics.vote_table import clear, make_table

_BLOCK = 1024  # Rows whose kernel values are held at a time.


def kernel_distance(real, designed):
    """Unbiased squared maximum mean discrepancy under a cubic kernel.

    `k(x, y) = (x . y / d + 1)^3`; the mean of k over all pairs of different
    real images, plus that of designs, less twice that of the pairs of either.

    Args:
        real: float64 `[n, d]`.
        designed: float64 `[m, d]`.

    Returns:
        float; NaN with fewer than two of either. Being unbiased, it may be a
        little below 0.

    Reference:
        Bińkowski et al. 2018, https://arxiv.org/abs/1801.01401, section 4.
    """
    n, m = len(real), len(designed)
    if min(n, m) < 2:
        return float("nan")
    real_sum = _kernel_sum(real, real) - _kernel_diagonal(real)
    designed_sum = _kernel_sum(designed, designed) - _kernel_diagonal(designed)
    return float(
        real_sum / (n * (n - 1))
        + designed_sum / (m * (m - 1))
        - 2.0 * _kernel_sum(real, designed) / (n * m)
    )


def _kernel_sum(a, b):
    dim = a.shape[1]
    return sum(
        np.sum((a[i : i + _BLOCK] @ b.T / dim + 1.0) ** 3)
        for i in range(0, len(a), _BLOCK)
    )


def _kernel_diagonal(a):
    return np.sum((np.einsum("nd,nd->n", a, a) / a.shape[1] + 1.0) ** 3)


@keras.saving.register_keras_serializable(package="tfcompat")
class KernelDistance(keras.metrics.Metric):
    """KID: like the FID, without its bias and for any number of images.

    Lower is better; two samples of one distribution give 0 on average. The
    network's name belongs into `name`: `kid_inception`, `kid_garment`.

    Departs from the paper: it uses all pairs instead of averaging over random
    subsets of 1000 images, which estimates the same with less noise and no
    seed. To that end it keeps the features: 8 bytes each, and the kernel is
    worked out in blocks.

    Args:
        dim: Number of features.
        **kwargs: Passed to `keras.metrics.Metric`.

    Call arguments:
        real: float `[n, dim]`, features of real images; n may be 0.
        designed: float `[m, dim]`, features of designs; m may be 0.

    Raises:
        ValueError: If `dim` is not positive.

    Reference:
        Bińkowski et al. 2018, https://arxiv.org/abs/1801.01401.
    """

    def __init__(self, dim, name="kid", **kwargs):
        super().__init__(name=name, **kwargs)
        if dim < 1:
            raise ValueError(f"`dim` must be positive, got {dim}.")
        self.dim = dim
        self.real = make_table(dim)
        self.designed = make_table(dim)

    def update_state(self, real, designed):
        replica = tf.distribute.get_replica_context()
        for table, features in ((self.real, real), (self.designed, designed)):
            rows = replica.all_gather(tf.cast(features, tf.float64), axis=0)
            table.assign(tf.concat([table, rows], axis=0))

    @tf.autograph.experimental.do_not_convert  # It is NumPy inside.
    def result(self):
        def measure(real, designed):
            return np.float32(kernel_distance(real, designed))

        value = tf.numpy_function(
            measure, [self.real, self.designed], tf.float32
        )
        return tf.ensure_shape(value, ())

    def reset_state(self):
        clear(self.real)
        clear(self.designed)

    def merge_state(self, metrics):
        for metric in metrics:
            self.update_state(metric.real, metric.designed)

    def get_config(self):
        return {**super().get_config(), "dim": self.dim}
