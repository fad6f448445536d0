"""Which pixels of a photo are the garment, judged inside a graph."""

import tensorflow as tf
import tf_keras as keras

_CENTRE_WIDTH = 0.42  # Of the centre's bell curve, in half sides.
_RIM = 0.24  # Share of the half side that counts as rim.


@keras.saving.register_keras_serializable(package="tfcompat")
class GarmentMask(keras.layers.Layer):
    """Weighs pixels by how much more their colour is inside than outside.

    A colour that fills the middle and is absent along the rim is garment; one
    that surrounds the middle is background, wherever it lies. The same
    judgement as `tfcompat.data.colours`, on pixels instead of regions. A photo
    of one colour only gets the same weight everywhere.

    Args:
        width: CIELUV distance at which two colours count as unlike.
        sharpness: Power that the share of inside is raised to; larger
            suppresses more.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        luv: float `[n, s, s, 3]` as `rgb_to_luv` gives it; a small s (24 to
            48) is enough, and memory grows with its fourth power.
        boxes: Optional, float `[n, 4]`, left, top, right and bottom in [0, 1]:
            where the garment is. Nothing outside has any weight, and it is
            the rim.

    Returns:
        float32 `[n, s, s]` in [0, 1].

    Raises:
        ValueError: If an argument is not positive.
    """

    def __init__(self, width=14.0, sharpness=6.0, **kwargs):
        super().__init__(**kwargs)
        for name, value in (("width", width), ("sharpness", sharpness)):
            if not value > 0:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.width = width
        self.sharpness = sharpness

    def call(self, luv, boxes=None):
        luv = tf.cast(luv, tf.float32)
        count, side = tf.shape(luv)[0], luv.shape[1]
        if boxes is None:
            boxes = tf.constant([[0.0, 0.0, 1.0, 1.0]])
        centre, rim, within = _places(tf.cast(boxes, tf.float32), side)
        pixels = tf.reshape(luv, (count, side * side, 3))
        # Every other row and column stands for all: a quarter of the work.
        samples = tf.reshape(luv[:, ::2, ::2], (count, -1, 3))
        squared = (
            tf.reduce_sum(pixels**2, -1)[:, :, None]
            - 2.0 * tf.matmul(pixels, samples, transpose_b=True)
            + tf.reduce_sum(samples**2, -1)[:, None, :]
        )  # [n, p, q]
        alike = tf.exp(-tf.maximum(squared, 0.0) / self.width**2)
        inside = _mean_likeness(alike, centre[:, ::2, ::2])
        outside = _mean_likeness(alike, rim[:, ::2, ::2])
        share = inside / (inside + outside + 1e-9)
        return tf.reshape(share**self.sharpness, (count, side, side)) * within

    def compute_output_shape(self, luv_shape, boxes_shape=None):
        return tuple(luv_shape)[:3]

    def get_config(self):
        return {
            **super().get_config(),
            "width": self.width,
            "sharpness": self.sharpness,
        }


def _mean_likeness(alike, weights):
    """`[n, p]`: how alike each pixel is to samples of these weights."""
    weights = tf.reshape(weights, (tf.shape(weights)[0], -1))
    weights = tf.math.divide_no_nan(
        weights, tf.reduce_sum(weights, axis=1, keepdims=True)
    )
    weights = tf.broadcast_to(weights, (tf.shape(alike)[0], weights.shape[1]))
    return tf.einsum("npq,nq->np", alike, weights)


def _places(boxes, side):
    """How central each pixel is, whether on the rim, whether in the box.

    Returns:
        Three float `[n, side, side]`.
    """
    steps = (tf.range(side, dtype=tf.float32) + 0.5) / side
    left, top, right, bottom = tf.unstack(boxes[:, :, None], axis=1)  # [n, 1]
    across = _from_middle(steps, left, right)[:, None, :]
    down = _from_middle(steps, top, bottom)[:, :, None]  # [n, s, 1]
    centre = tf.exp(-(across**2 + down**2) / (2.0 * _CENTRE_WIDTH**2))
    within = tf.cast((abs(across) <= 1.0) & (abs(down) <= 1.0), tf.float32)
    edge = tf.abs(2.0 * steps - 1.0) > 1.0 - _RIM
    rim = tf.cast(edge[None, :] | edge[:, None], tf.float32)
    return centre * within, tf.maximum(rim, 1.0 - within), within


def _from_middle(steps, low, high):
    """Places along one side, -1 and 1 being the box's ends; `[n, s]`."""
    half = tf.maximum((high - low) / 2.0, 1e-6)
    return (steps - (low + high) / 2.0) / half
