"""One image from bytes to pixels."""

import tensorflow as tf

from tfcompat.data.exif import exif_orientation, upright

_PNG = b"\x89PNG"
_RIFF, _WEBP = b"RIFF", b"WEBP"
# By what libjpeg can shrink an image while it decodes it.
_RATIOS = (1, 2, 4, 8)
# Decoded at least this many times as large as asked for, so that the rest of
# the shrinking averages as it would on the whole image.
_SPARE = 2


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
    image = tf.case(
        branches, default=lambda: _decode_opaque(content, image_size)
    )
    image = _fit(image, image_size)
    return upright(image, exif_orientation(content))


def decode_pixels(content, image_size, webp=True):
    """As `decode_image`, rounded to bytes: uint8 `[size, size, 3]`."""
    return _rounded(decode_image(content, image_size, webp))


def decode_jpeg_of(height, width, image_size):
    """Decodes JPEGs of one size that say nothing of their orientation.

    What is known of them beforehand need not be found out image by image:
    that takes longer than to decode a small JPEG.

    Args:
        height: Of the images, in pixels.
        width: Of the images, in pixels.
        image_size: As `decode_image`.

    Returns:
        Function from a string scalar to what `decode_pixels` makes of it.
    """
    longest = max(height, width)
    spare = longest // (_SPARE * image_size)
    ratio = max(ratio for ratio in _RATIOS if ratio <= max(spare, 1))
    shape = -(-height // ratio), -(-width // ratio)

    def decode(content):
        pixels = tf.io.decode_jpeg(content, channels=3, ratio=ratio)
        pixels = tf.ensure_shape(pixels, (*shape, 3))
        if shape == (image_size, image_size):
            return pixels
        image = tf.cast(pixels, tf.float32) / 255
        image = tf.image.resize(image, inner, antialias=True)
        image = tf.pad(image, padding, constant_values=1.0)
        return _rounded(tf.clip_by_value(image, 0.0, 1.0))

    with tf.init_scope():  # Numbers, not ops, whatever graph this is called in.
        inner, padding = (part.numpy() for part in _place(shape, image_size))
    return decode


def _rounded(image):
    return tf.cast(tf.round(image * 255.0), tf.uint8)


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


def _decode_opaque(content, image_size):
    """JPEG, BMP or a GIF's first frame as float `[h, w, 3]`.

    A JPEG much larger than `image_size` comes shrunk.
    """
    pixels = tf.cond(
        tf.io.is_jpeg(content),
        lambda: _decode_jpeg(content, image_size),
        lambda: _decode_rest(content),
    )
    return tf.cast(tf.ensure_shape(pixels, (None, None, 3)), tf.float32) / 255


def _decode_jpeg(content, image_size):
    """uint8 `[h, w, 3]`, both sides divided by one of `_RATIOS`."""
    longest = tf.reduce_max(tf.image.extract_jpeg_shape(content)[:2])
    spare = longest // (_SPARE * image_size)
    fitting = tf.math.count_nonzero(spare >= _RATIOS[1:], dtype=tf.int32)

    def decode(ratio):
        return lambda: tf.io.decode_jpeg(content, channels=3, ratio=ratio)

    return tf.switch_case(fitting, [decode(ratio) for ratio in _RATIOS])


def _decode_rest(content):
    pixels = tf.io.decode_image(content, expand_animations=False)
    grey = tf.shape(pixels)[2] == 1
    # A BMP's fourth channel is padding, not alpha.
    return tf.cond(
        grey, lambda: tf.repeat(pixels, 3, axis=2), lambda: pixels[:, :, :3]
    )


def _on_white(pixels):
    pixels = tf.ensure_shape(pixels, (None, None, 4))
    pixels = tf.cast(pixels, tf.float32) / 255
    alpha = pixels[:, :, 3:]
    return pixels[:, :, :3] * alpha + (1.0 - alpha)


def _fit(image, image_size):
    """Scales `[h, w, 3]` into the middle of a white square."""
    image = tf.cond(
        tf.reduce_all(tf.shape(image)[:2] == image_size),
        lambda: image,
        lambda: _scale(image, image_size),
    )
    image = tf.ensure_shape(image, (image_size, image_size, 3))
    return tf.clip_by_value(image, 0.0, 1.0)


def _scale(image, image_size):
    inner, padding = _place(tf.shape(image)[:2], image_size)
    image = tf.image.resize(image, inner, antialias=True)
    return tf.pad(image, padding, constant_values=1.0)


def _place(shape, image_size):
    """Where in the square an image of `shape` goes, scaled.

    Returns:
        int32 `[2]`, its height and width there, and int32 `[3, 2]`, the
        padding before and after.
    """
    shape = tf.cast(shape, tf.float32)
    scale = image_size / tf.reduce_max(shape)
    inner = tf.cast(tf.round(shape * scale), tf.int32)
    inner = tf.clip_by_value(inner, 1, image_size)
    before = (image_size - inner) // 2
    sides = tf.stack([before, image_size - inner - before], axis=1)
    return inner, tf.pad(sides, [[0, 1], [0, 0]])
