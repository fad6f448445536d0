"""What is wrong with image files, told inside a graph before decoding."""

import tensorflow as tf

from tfcompat.export.image_headers import (
    GIF,
    JPEG,
    OTHER,
    PNG,
    WEBP,
    read_headers,
)

MAX_PIXELS = 25_000_000


def find_problems(contents, is_trusted, max_pixels=MAX_PIXELS, webp=False):
    """Says what is wrong with image files, without decoding them.

    GIFs are refused, since decoding reads all their frames, whose number and
    sizes no header tells.

    Args:
        contents: string `[n]`, the files' contents.
        is_trusted: bool `[n]`; a file that is known to be decodable is of
            any kind that the graph can decode, and of any size.
        max_pixels: Width times height above which a file is not decoded.
        webp: Whether the graph can decode WebP.

    Returns:
        Tuple of string `[n]` problems, "" where there is none, to be put
        behind "row 3: ", and int64 `[n]` numbers of pixels, 0 where unknown.
    """
    kinds, widths, heights = read_headers(contents)
    pixels = widths * heights
    too_large = tf.strings.join(
        [
            "is an image of ",
            tf.strings.as_string(widths),
            " x ",
            tf.strings.as_string(heights),
            f" pixels, more than the {max_pixels:,} allowed; send it smaller",
        ]
    )
    wanted = "JPEG, PNG, BMP nor WebP" if webp else "JPEG, PNG nor BMP"
    problems = tf.fill(tf.shape(contents), "")
    # From the mildest to the plainest: the last that holds is told.
    for is_wrong, problem in (
        (pixels > max_pixels, too_large),
        (pixels <= 0, "has no readable size in its header; it is damaged"),
        (kinds == GIF, "is a GIF; send it as JPEG or PNG"),
        (kinds == OTHER, f"is no image: neither {wanted}"),
        (tf.strings.length(contents) == 0, "is empty (0 bytes)"),
        (is_trusted, ""),
        (
            (kinds == WEBP) & (not webp),
            "is WebP, which this model cannot read; send it as JPEG or PNG",
        ),
    ):
        problems = tf.where(is_wrong, problem, problems)
    return problems, pixels


def explain_failure(contents):
    """Says why files that looked well could not be decoded.

    Args:
        contents: string `[n]`.

    Returns:
        string `[n]`, to be put behind "row 3: ".
    """
    kinds, _, _ = read_headers(contents)
    is_cut = ((kinds == JPEG) & ~_ends(contents, b"\xff\xd9")) | (
        (kinds == PNG) & ~_ends(contents, b"IEND\xaeB`\x82")
    )
    return tf.where(
        is_cut,
        "cannot be decoded: it is truncated, the end of the image is missing",
        "cannot be decoded: it is damaged",
    )


def _ends(contents, ending):
    length = tf.strings.length(contents)
    start = tf.maximum(length - len(ending), 0)
    size = tf.fill(tf.shape(start), len(ending))
    return tf.strings.substr(contents, start, size) == ending
