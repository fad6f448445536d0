"""Kind and size of image files, read from their first bytes in a graph."""

import tensorflow as tf

OTHER, JPEG, PNG, GIF, BMP, WEBP = range(6)
_HEAD = 32  # Bytes that tell kind and size of all but JPEG.
# Start-of-frame markers; C4, C8 and CC have other meanings.
_FRAMES = [m for m in range(0xC0, 0xD0) if m not in (0xC4, 0xC8, 0xCC)]
_LONE = [0x01, *range(0xD0, 0xD8)]  # Markers without a segment.
_MAX_SEGMENTS = 1000


def read_headers(contents):
    """Reads what kind of image files are, and how large, without decoding.

    A decoder lays out all pixels that a header promises; this is what tells
    beforehand that a small file would unpack to gigabytes.

    Args:
        contents: string `[n]`, the files' contents.

    Returns:
        Tuple of int32 `[n]` kinds (`OTHER`, `JPEG`, `PNG`, `GIF`, `BMP` or
        `WEBP`), and int64 `[n]` widths and `[n]` heights, 0 where the header
        does not say.

    Reference:
        ITU-T T.81, annex B; PNG (ISO/IEC 15948), section 11.2.2; GIF89a,
        section 18; WebP, RFC 9649, sections 2.5 to 2.7.
    """
    head = _bytes(contents, 0, _HEAD)
    kinds = tf.fill([tf.shape(contents)[0]], OTHER)
    widths = tf.zeros_like(kinds, tf.int64)
    heights = widths
    for kind, is_kind, (width, height) in (
        (PNG, _starts(head, b"\x89PNG\r\n\x1a\n....IHDR"), _png_size(head)),
        (GIF, _starts(head, b"GIF8"), _gif_size(head)),
        (BMP, _starts(head, b"BM"), _bmp_size(head)),
        (WEBP, _starts(head, b"RIFF....WEBP"), _webp_size(head)),
    ):
        kinds = tf.where(is_kind, kind, kinds)
        widths = tf.where(is_kind, width, widths)
        heights = tf.where(is_kind, height, heights)
    is_jpeg = _starts(head, b"\xff\xd8\xff")
    width, height = _jpeg_size(contents, is_jpeg)
    return (
        tf.where(is_jpeg, JPEG, kinds),
        tf.where(is_jpeg, width, widths),
        tf.where(is_jpeg, height, heights),
    )


def _bytes(contents, starts, length):
    """int64 `[n, length]`: bytes from `starts` on, zero behind the end."""
    starts = tf.minimum(starts, tf.strings.length(contents))
    parts = tf.strings.substr(
        contents, starts, tf.fill(tf.shape(starts), length)
    )
    raw = tf.io.decode_raw(parts, tf.uint8, fixed_length=length)
    return tf.cast(raw, tf.int64)


def _starts(head, signature):
    """Which rows begin so; a dot stands for any byte."""
    found = tf.ones_like(head[:, 0], tf.bool)
    for place, byte in enumerate(signature):
        if byte != ord("."):
            found &= head[:, place] == byte
    return found


def _number(head, place, length, little_endian=True):
    places = range(place, place + length)
    weights = range(length) if little_endian else reversed(range(length))
    return sum(
        head[:, place] * 256**weight
        for place, weight in zip(places, weights, strict=True)
    )


def _png_size(head):
    return (
        _number(head, 16, 4, little_endian=False),
        _number(head, 20, 4, little_endian=False),
    )


def _gif_size(head):
    return _number(head, 6, 2), _number(head, 8, 2)


def _bmp_size(head):
    is_old = _number(head, 14, 4) == 12  # Of OS/2, with 16 bits.

    def size(old, new):
        number = _number(head, new, 4)
        # Signed; a negative height means top row first.
        number = tf.where(number < 2**31, number, 2**32 - number)
        return tf.where(is_old, _number(head, old, 2), number)

    return size(18, 18), size(20, 22)


def _webp_size(head):
    """Sizes by the first chunk: lossy, lossless or extended."""
    bits = _number(head, 21, 4)  # Lossless: 14 bits each, less one.
    lossless = bits % 2**14 + 1, bits // 2**14 % 2**14 + 1
    lossy = _number(head, 26, 2) % 2**14, _number(head, 28, 2) % 2**14
    extended = _number(head, 24, 3) + 1, _number(head, 27, 3) + 1
    unknown = tf.zeros_like(bits)
    return tuple(
        tf.where(
            head[:, 15] == ord("L"),
            lossless[axis],
            tf.where(
                head[:, 15] == ord("X"),
                extended[axis],
                tf.where(head[:, 15] == ord(" "), lossy[axis], unknown),
            ),
        )
        for axis in (0, 1)
    )


def _jpeg_size(contents, is_jpeg):
    """Goes from segment to segment, in all files at once, to the frame's."""
    lengths = tf.strings.length(contents)
    zeros = tf.zeros_like(lengths, tf.int64)

    def step(count, places, looking, widths, heights):
        segment = _bytes(contents, places, 9)
        marker = segment[:, 1]
        is_marker = segment[:, 0] == 0xFF
        is_fill = marker == 0xFF
        is_lone = _is_any(marker, _LONE)
        is_frame = is_marker & _is_any(marker, _FRAMES)
        # End of image, or start of scan: the frame should have come before.
        is_late = _is_any(marker, [0xD8, 0xD9, 0xDA, 0x00])
        found = looking & is_frame
        widths = tf.where(
            found, _number(segment, 7, 2, little_endian=False), widths
        )
        heights = tf.where(
            found, _number(segment, 5, 2, little_endian=False), heights
        )
        jump = 2 + _number(segment, 2, 2, little_endian=False)
        jump = tf.cast(jump, tf.int32)
        places += tf.where(is_fill, 1, tf.where(is_lone, 2, jump))
        looking &= is_marker & ~is_frame & ~is_late & (places < lengths)
        return count + 1, places, looking, widths, heights

    _, _, _, widths, heights = tf.while_loop(
        lambda count, places, looking, *sizes: tf.reduce_any(looking),
        step,
        (0, tf.fill(tf.shape(contents), 2), is_jpeg, zeros, zeros),
        maximum_iterations=_MAX_SEGMENTS,
    )
    return widths, heights


def _is_any(values, known):
    return tf.reduce_any(values[:, None] == tf.constant(known, tf.int64), 1)
