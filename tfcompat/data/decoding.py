"""One image from bytes to pixels."""

import tensorflow as tf

from tfcompat.data.exif import exif_orientation, upright

_PNG = b"\x89PNG"
_RIFF, _WEBP = b"RIFF", b"WEBP"


def decode_image(content, image_size, webp=True):
    """Decodes one image; `decode_images` says how.

    Args:
        content: string scalar, the file's content.
        image_size: Height and width of the result, in pixels.
        webp: Whether WebP can be decoded.

    Returns:
        float32 `[image_size, image_size, 3]` in [0, 1].
    """
    head = tf.strings.substr(content, 0, 4)
    branches = [(head == _PNG, lambda: _on_white(_decode_png(content)))]
    if webp:
        kind = tf.strings.substr(content, 8, 4)
        branches.append(
            (
                (head == _RIFF) & (kind == _WEBP),
                lambda: _on_white(_decode_webp(content)),
            )
        )
    image = tf.case(branches, default=lambda: _decode_opaque(content))
    image = _fit(image, image_size)
    return upright(image, exif_orientation(content))


def _decode_png(content):
    pixels = tf.io.decode_png(content, channels=4)
    # TensorFlow 2.16 fills the alpha of an opaque PNG of 1, 2 or 4 bits with
    # that depth's maximum, not with 255: all but transparent.
    depth = tf.io.decode_raw(tf.strings.substr(content, 24, 1), tf.uint8)[0]
    filler = tf.bitwise.left_shift(tf.constant(1, tf.uint8), depth % 8) - 1
    filled = (depth < 8) & tf.reduce_all(pixels[:, :, 3] == filler)
    opaque = tf.constant([0, 0, 0, 255], tf.uint8)
    return tf.where(filled, tf.maximum(pixels, opaque), pixels)


def _decode_webp(content):
    # Slow to import, and not there where only `webp=False` is used.
    import tensorflow_io as tfio

    return tfio.image.decode_webp(content)


def _decode_opaque(content):
    """JPEG, BMP or a GIF's first frame as float `[h, w, 3]`."""
    pixels = tf.cond(
        tf.io.is_jpeg(content),
        lambda: tf.io.decode_jpeg(content, channels=3),
        lambda: tf.io.decode_image(content, expand_animations=False),
    )
    grey = tf.shape(pixels)[2] == 1
    # A BMP's fourth channel is padding, not alpha.
    pixels = tf.cond(
        grey, lambda: tf.repeat(pixels, 3, axis=2), lambda: pixels[:, :, :3]
    )
    return tf.cast(tf.ensure_shape(pixels, (None, None, 3)), tf.float32) / 255


def _on_white(pixels):
    pixels = tf.ensure_shape(pixels, (None, None, 4))
    pixels = tf.cast(pixels, tf.float32) / 255
    alpha = pixels[:, :, 3:]
    return pixels[:, :, :3] * alpha + (1.0 - alpha)


def _fit(image, image_size):
    """Scales `[h, w, 3]` into the middle of a white square."""
    shape = tf.cast(tf.shape(image)[:2], tf.float32)
    scale = image_size / tf.reduce_max(shape)
    inner = tf.cast(tf.round(shape * scale), tf.int32)
    inner = tf.clip_by_value(inner, 1, image_size)
    image = tf.image.resize(image, inner, antialias=True)
    before = (image_size - inner) // 2
    after = image_size - inner - before
    padding = [[before[0], after[0]], [before[1], after[1]], [0, 0]]
    image = tf.pad(image, padding, constant_values=1.0)
    image = tf.ensure_shape(image, (image_size, image_size, 3))
    return tf.clip_by_value(image, 0.0, 1.0)
