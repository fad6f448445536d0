"""A vector for the colours of a garment."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.garment_mask import GarmentMask
from tfcompat.layers.luv import rgb_to_luv
from tfcompat.layers.luv_histogram import LUVHistogram


@keras.saving.register_keras_serializable(package="tfcompat")
class ColourEmbedding(keras.layers.Layer):
    """LUV histogram of the garment's pixels, projected to a vector.

    A network that is to be indifferent to colour jitter forgets colours; this
    branch keeps what of them matters when things are worn together.

    Args:
        units: Size of the vector.
        bins: Of `LUVHistogram`.
        side: Images are shrunk to this many pixels first.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        images: float `[n, s, s, 3]` in [0, 1].
        boxes: Optional, float `[n, 4]`, as `GarmentMask` takes them.

    Returns:
        float32 `[n, units]`.

    Raises:
        ValueError: If `units` or `side` is not positive.

    Reference:
        MEDAL (LUV colour histograms). The square root before the projection
        is ours: distances of rooted histograms (Hellinger) are not ruled by
        the one largest bin.
    """

    def __init__(self, units, bins=(6, 8, 8), side=32, **kwargs):
        super().__init__(**kwargs)
        for name, value in (("units", units), ("side", side)):
            if value < 1:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.units = units
        self.bins = tuple(bins)
        self.side = side
        self.mask = GarmentMask(dtype="float32")
        self.histogram = LUVHistogram(bins, dtype="float32")
        self.dense = keras.layers.Dense(units, dtype="float32")

    def count(self, images, boxes=None):
        """The histogram of the garment's pixels alone, `[n, bins]`."""
        images = tf.cast(images, tf.float32)
        if images.shape[1] != self.side:
            images = tf.image.resize(
                images, (self.side, self.side), antialias=True
            )
        luv = rgb_to_luv(images)
        return self.histogram(luv, self.mask(luv, boxes))

    def project(self, histograms):
        """The vectors of histograms that `count` made, `[n, units]`."""
        rooted = tf.sqrt(histograms + 1e-8)
        # About unit length however many bins there are.
        return self.dense(rooted * self.histogram.output_dim**0.5 / 8.0)

    def call(self, images, boxes=None):
        return self.project(self.count(images, boxes))

    def compute_output_shape(self, images_shape, boxes_shape=None):
        return (images_shape[0], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "bins": self.bins,
            "side": self.side,
        }
