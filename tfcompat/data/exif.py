"""EXIF orientation in a TensorFlow graph, which TensorFlow itself ignores."""

import tensorflow as tf

_SIGNATURE = b"\xff\xe1..Exif\0\0"  # The dots stand for the segment's length.
_SEARCHED = 1024  # The segment follows the file's start, if there is one.
_TIFF_BYTES = 4096  # Its first directory lies close to its start.
_MAX_ENTRIES = 64
_ORIENTATION_TAG = 0x0112


def exif_orientation(content):
    """Reads which way up a JPEG file was taken.

    Args:
        content: string scalar, the file.

    Returns:
        int32 scalar in [1, 8] as EXIF defines it; 1 (upright) where the file
        does not say, is no JPEG, or says it in a way that is out of order.

    Reference:
        Exif 2.3 (CIPA DC-008), section 4.6; TIFF 6.0, section 2.
    """
    return tf.cond(
        _may_hold_exif(content), lambda: _find_orientation(content), lambda: 1
    )


def _may_hold_exif(content):
    """Whether it begins as a JPEG and may say its orientation; quick."""
    head = tf.strings.substr(content, 0, _SEARCHED + 2)
    is_jpeg = tf.strings.substr(head, 0, 2) == b"\xff\xd8"
    head = tf.io.decode_raw(head, tf.uint8)
    marker = [tf.constant(byte, tf.uint8) for byte in _SIGNATURE[:2]]
    return is_jpeg & tf.reduce_any(
        (head[:-1] == marker[0]) & (head[1:] == marker[1])
    )


def _find_orientation(content):
    head = _bytes(content, 0, _SEARCHED + len(_SIGNATURE))
    found = tf.ones(_SEARCHED, tf.bool)
    for place, byte in enumerate(_SIGNATURE):
        if byte != ord("."):
            found &= head[place : place + _SEARCHED] == byte
    start = tf.argmax(found, output_type=tf.int32)
    return tf.cond(
        tf.reduce_any(found),
        lambda: _read_tiff(_bytes(content, start + len(_SIGNATURE))),
        lambda: 1,
    )


def _bytes(content, start, length=_TIFF_BYTES):
    """int32 `[length]`: bytes from `start` on, zero behind the end."""
    start = tf.minimum(start, tf.strings.length(content))
    part = tf.strings.substr(content, start, length)
    raw = tf.io.decode_raw(part, tf.uint8, fixed_length=None)
    raw = tf.cast(raw, tf.int32)
    return tf.pad(raw, [[0, length - tf.size(raw)]])


def _read_tiff(tiff):
    """Orientation in the TIFF structure `tiff`, int32 `[_TIFF_BYTES]`."""
    little_endian = tiff[0] == ord("I")

    def number(places, width):
        places = tf.clip_by_value(places, 0, _TIFF_BYTES - width)
        value = tf.zeros_like(places)
        for offset in range(width):
            down = tf.gather(tiff, places + offset) * 256**offset
            up = tf.gather(tiff, places + offset) * 256 ** (width - 1 - offset)
            value += tf.where(little_endian, down, up)
        return value

    # Two low bytes of the directory's offset: more would lie out of reach.
    directory = number(tf.where(little_endian, 4, 6), 2)
    entries = directory + 2 + 12 * tf.range(_MAX_ENTRIES)
    written = tf.range(_MAX_ENTRIES) < number(directory, 2)
    is_tag = (number(entries, 2) == _ORIENTATION_TAG) & written
    values = tf.where(is_tag, number(entries + 8, 2), 0)
    orientation = tf.reduce_max(values)
    known = (orientation >= 1) & (orientation <= 8)
    return tf.where(known, orientation, 1)


def upright(image, orientation):
    """Turns a square image the right way up.

    Args:
        image: `[size, size, channels]`.
        orientation: int32 scalar from `exif_orientation`.

    Returns:
        `[size, size, channels]`.
    """
    return tf.cond(
        orientation == 1, lambda: image, lambda: _turn(image, orientation)
    )


def _turn(image, orientation):
    transposed = orientation >= 5
    flip_sides = tf.reduce_any(orientation == [2, 3, 6, 7])
    flip_ends = tf.reduce_any(orientation == [3, 4, 7, 8])
    image = tf.where(transposed, tf.transpose(image, (1, 0, 2)), image)
    image = tf.where(flip_sides, image[:, ::-1], image)
    return tf.where(flip_ends, image[::-1], image)
