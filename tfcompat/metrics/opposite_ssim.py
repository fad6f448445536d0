"""Opposite mean SSIM: how unlike each other designs are."""

import tensorflow as tf
import tf_keras as keras

_WINDOW = 11  # Side of SSIM's Gaussian window.


@keras.saving.register_keras_serializable(package="tfcompat")
class OppositeSSIM(keras.metrics.Metric):
    """One less the mean structural similarity of pairs of designs.

    Higher is more varied; 0 where all designs are one and the same. It never
    looks at real images, and noise is varied too: read it beside the FID.

    Each design is compared with the `partners` designs before it, whatever
    batches they come in, so the result does not depend on the batch size.
    Give the designs in random order: neighbours made for one customer may be
    more alike than others are. NaN until two designs have been seen.

    SSIM is taken with its published constants (K1 .01, K2 .03, a Gaussian
    window of 11 pixels, sigma 1.5) for each colour channel, and averaged.

    Args:
        image_size: Height and width of the designs, in pixels.
        partners: Number of earlier designs to compare each one with.
        **kwargs: Passed to `keras.metrics.Metric`.

    Call arguments:
        designs: float `[n, image_size, image_size, 3]` in [0, 1].

    Raises:
        ValueError: If `image_size` is below 11 or `partners` is not positive.

    Reference:
        Kang et al. 2017, https://arxiv.org/abs/1711.02231, section 4; Wang et
        al. 2004, https://doi.org/10.1109/TIP.2003.819861 (SSIM).
    """

    def __init__(self, image_size, partners=4, name="opposite_ssim", **kwargs):
        super().__init__(name=name, **kwargs)
        if image_size < _WINDOW:
            raise ValueError(
                f"`image_size` must be at least {_WINDOW}, got {image_size}."
            )
        if partners < 1:
            raise ValueError(f"`partners` must be positive, got {partners}.")
        self.image_size = image_size
        self.partners = partners

        def add(name, *shape, dtype=tf.float64):
            return self.add_weight(
                name, shape=shape, initializer="zeros", dtype=dtype
            )

        self.pairs = add("pairs")
        self.total = add("total")
        self.squares = add("squares")
        self.seen = add("seen", dtype=tf.int32)
        # The latest designs, the newest last.
        self.latest = add(
            "latest", partners, image_size, image_size, 3, dtype=tf.float32
        )

    def update_state(self, designs):
        designs = tf.cast(designs, tf.float32)
        known = tf.minimum(self.seen, self.partners)
        line = tf.concat(
            [self.latest[self.partners - known :], designs], axis=0
        )
        length = tf.shape(line)[0]
        for lag in range(1, self.partners + 1):
            start = tf.minimum(tf.maximum(known, lag), length)
            values = tf.image.ssim(
                line[start - lag : length - lag], line[start:], max_val=1.0
            )
            self._add(tf.cast(values, tf.float64))
        padding = tf.maximum(self.partners - length, 0)
        line = tf.pad(line, [[padding, 0], [0, 0], [0, 0], [0, 0]])
        self.latest.assign(line[-self.partners :])
        self.seen.assign_add(tf.shape(designs)[0])

    def _add(self, values):
        self.pairs.assign_add(tf.cast(tf.size(values), tf.float64))
        self.total.assign_add(tf.reduce_sum(values))
        self.squares.assign_add(tf.reduce_sum(tf.square(values)))

    def result(self):
        return tf.cast(1.0 - self.total / self.pairs, tf.float32)

    def deviation(self):
        """Standard deviation over the pairs: the ± of the papers."""
        variance = self.squares / self.pairs
        variance -= tf.square(self.total / self.pairs)
        return float(tf.sqrt(tf.maximum(variance, 0.0)))

    def reset_state(self):
        for weight in self.weights:
            weight.assign(tf.zeros_like(weight))

    def merge_state(self, metrics):
        """Adds other metrics' pairs; pairs across them are not formed."""
        for metric in metrics:
            for name in ("pairs", "total", "squares"):
                getattr(self, name).assign_add(getattr(metric, name))

    def get_config(self):
        return {
            **super().get_config(),
            "image_size": self.image_size,
            "partners": self.partners,
        }
