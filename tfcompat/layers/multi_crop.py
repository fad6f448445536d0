"""Large and small random crops of images, changed in colour."""

import math

import tensorflow as tf
import tf_keras as keras

# DINO's: brightness, contrast, saturation, hue, then how often.
_JITTER = (0.4, 0.4, 0.2, 0.1)
_JITTER_RATE, _GREY_RATE, _SOLARIZE_RATE = 0.8, 0.2, 0.2
_GLOBAL_BLUR_RATES, _LOCAL_BLUR_RATE = (1.0, 0.1), 0.5
_ASPECT = math.log(4.0 / 3.0)
_LUMA = (0.299, 0.587, 0.114)


@keras.saving.register_keras_serializable(package="tfcompat")
class MultiCrop(keras.layers.Layer):
    """Two global and several local crops of every image.

    The student is shown all of them and the teacher the global ones. While
    training goes on local crops become harder (the curriculum): at first they
    show as much as global ones, at the end as little as `local_scale` allows.

    Args:
        global_size: Side of global crops in pixels.
        local_size: Side of local crops in pixels.
        local_crops: Number of local crops an image.
        global_scale: Least and greatest share of the image's area.
        local_scale: The same of local crops, when training ends.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        images: float `[n, s, s, 3]` in [0, 1].
        seed: int `[2]`; the same gives the same crops.
        progress: float scalar in [0, 1], how much of training is done.

    Returns:
        Tuple of float32 `[2, n, global_size, global_size, 3]` and
        `[local_crops, n, local_size, local_size, 3]`, in [0, 1].

    Raises:
        ValueError: If a size is not positive or a scale is not in (0, 1].

    Reference:
        MEDAL, supplementary 2 (224 and 96 px); what happens to crops is
        DINO's, Caron et al. 2021, https://arxiv.org/abs/2104.14294. Blurring
        departs from it: a fixed binomial kernel of 3 x 3, applied with the
        same rates. The form of the curriculum is ours; the paper names one.
    """

    def __init__(
        self,
        global_size=224,
        local_size=96,
        local_crops=8,
        global_scale=(0.4, 1.0),
        local_scale=(0.05, 0.4),
        **kwargs,
    ):
        super().__init__(**kwargs)
        for name, value, least in (
            ("global_size", global_size, 1),
            ("local_size", local_size, 1),
            ("local_crops", local_crops, 0),
        ):
            if value < least:
                raise ValueError(
                    f"`{name}` must be at least {least}, got {value}."
                )
        for name, scale in (
            ("global_scale", global_scale),
            ("local_scale", local_scale),
        ):
            if not 0 < scale[0] <= scale[1] <= 1:
                raise ValueError(
                    f"`{name}` must be two shares in (0, 1], got {scale}."
                )
        self.global_size = global_size
        self.local_size = local_size
        self.local_crops = local_crops
        self.global_scale = tuple(global_scale)
        self.local_scale = tuple(local_scale)

    def local_scale_at(self, progress):
        """Least and greatest share of a local crop at that time."""
        progress = tf.cast(progress, tf.float32)
        return tuple(
            first + (last - first) * progress
            for first, last in zip(
                self.global_scale, self.local_scale, strict=True
            )
        )

    def call(self, images, seed, progress=1.0):
        images = tf.cast(images, tf.float32)
        large = [
            _view(
                images,
                _nth(seed, i),
                self.global_size,
                self.global_scale,
                _GLOBAL_BLUR_RATES[i],
                _SOLARIZE_RATE if i else 0.0,
            )
            for i in range(2)
        ]
        scale = self.local_scale_at(progress)
        small = [
            _view(
                images,
                _nth(seed, 2 + i),
                self.local_size,
                scale,
                _LOCAL_BLUR_RATE,
                0.0,
            )
            for i in range(self.local_crops)
        ]
        shape = (0, tf.shape(images)[0], self.local_size, self.local_size, 3)
        return tf.stack(large), tf.stack(small) if small else tf.zeros(shape)

    def get_config(self):
        return {
            **super().get_config(),
            "global_size": self.global_size,
            "local_size": self.local_size,
            "local_crops": self.local_crops,
            "global_scale": self.global_scale,
            "local_scale": self.local_scale,
        }


def _nth(seed, number):
    seed = tf.cast(seed, tf.int64)
    return tf.stack([seed[0], seed[1] * 64 + number])


def _view(images, seed, size, scale, blur_rate, solarize_rate):
    count = tf.shape(images)[0]
    draws = tf.random.stateless_uniform((13, count), seed)
    boxes = _boxes(draws[:4], scale)
    view = _cut(images, boxes, size)
    draws = draws[4:, :, None, None, None]  # [9, n, 1, 1, 1]
    view = tf.where(draws[0] < 0.5, view[:, :, ::-1], view)
    jittered = _jitter(view, draws[1:5])
    view = tf.where(draws[5] < _JITTER_RATE, jittered, view)
    view = tf.where(draws[6] < _GREY_RATE, _grey(view), view)
    view = tf.where(draws[7] < blur_rate, _blur(view), view)
    turned = tf.where(view >= 0.5, 1.0 - view, view)
    view = tf.where(draws[8] < solarize_rate, turned, view)
    return tf.clip_by_value(view, 0.0, 1.0)


def _boxes(draws, scale):
    """Random boxes of a share of the area: left, top, width and height."""
    area = scale[0] + (scale[1] - scale[0]) * draws[0]
    aspect = tf.exp(_ASPECT * (2.0 * draws[1] - 1.0))
    height = tf.minimum(tf.sqrt(area / aspect), 1.0)
    width = tf.minimum(tf.sqrt(area * aspect), 1.0)
    left, top = (1.0 - width) * draws[2], (1.0 - height) * draws[3]
    return tf.stack([left, top, width, height], axis=1)


def _cut(images, boxes, size):
    """Cuts boxes out of images and scales them, `[n, size, size, 3]`."""
    side = tf.cast(tf.shape(images)[1], tf.float32)
    left, top, width, height = tf.unstack(boxes * side, axis=1)
    across, down = width / size, height / size  # Pixels a pixel.
    none = tf.zeros_like(left)
    # From a pixel of the crop to its place in the image, middle to middle.
    places = (
        (across, none, left + (across - 1.0) / 2.0)
        + (none, down, top + (down - 1.0) / 2.0)
        + (none, none)
    )
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack(places, axis=1),
        output_shape=(size, size),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )


def _jitter(images, draws):
    """Brightness, contrast, saturation and hue, each by its own draw."""
    brightness, contrast, saturation, hue = (
        strength * (2.0 * draw - 1.0)
        for strength, draw in zip(_JITTER, tf.unstack(draws), strict=True)
    )
    images = images * (1.0 + brightness)
    mean = tf.reduce_mean(_grey(images), axis=(1, 2), keepdims=True)
    images = mean + (images - mean) * (1.0 + contrast)
    grey = _grey(images)
    chroma = (images - grey) * (1.0 + saturation)
    # Hue turns the chroma around the axis of greys (Rodrigues' formula).
    angle = 2.0 * math.pi * hue
    turned = tf.roll(chroma, 1, -1) - tf.roll(chroma, -1, -1)
    along = tf.reduce_mean(chroma, axis=-1, keepdims=True)
    return grey + (
        tf.cos(angle) * chroma
        + tf.sin(angle) * turned / math.sqrt(3.0)
        + (1.0 - tf.cos(angle)) * along
    )


def _grey(images):
    return tf.reduce_sum(images * tf.constant(_LUMA), axis=-1, keepdims=True)


def _blur(images):
    line = tf.constant([0.25, 0.5, 0.25])
    kernel = tf.tile((line[:, None] * line)[:, :, None, None], (1, 1, 3, 1))
    padded = tf.pad(images, [[0, 0], [1, 1], [1, 1], [0, 0]], "REFLECT")
    return tf.nn.depthwise_conv2d(padded, kernel, [1, 1, 1, 1], "VALID")
