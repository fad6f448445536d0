"""Photos to warm a served model up with."""

import tensorflow as tf

from tfcompat.data.errors import InputError
from tfcompat.data.images import decode_images

_COUNT = 2
_LOOKED_AT = 500  # Items.
_SMALL = 20_000  # Bytes of a photo that is taken as it is.


def sample_photos(wardrobe, webp, reads_new):
    """Picks some small photos of a wardrobe.

    Args:
        wardrobe: `Wardrobe`.
        webp: Whether the model reads WebP.
        reads_new: Whether it reads other photos than the catalogue's; large
            ones are then made smaller.

    Returns:
        List of contents of image files.

    Raises:
        InputError: If there is none that the model reads.
    """
    paths = [
        path
        for path in dict.fromkeys(wardrobe.image_paths[:_LOOKED_AT])
        if webp or path.suffix.lower() != ".webp"
    ]
    if not paths:
        raise InputError(
            f"{wardrobe.folder}: has no photo but WebP; export with --webp."
        )
    paths.sort(key=lambda path: path.stat().st_size)
    samples = [path.read_bytes() for path in paths[:_COUNT]]
    return [
        _shrink(sample) if reads_new and len(sample) > _SMALL else sample
        for sample in samples
    ]


def _shrink(photo):
    """The same photo as a small JPEG: many copies travel in the warm-up."""
    [image] = decode_images(tf.constant([photo]), 128)
    return tf.io.encode_jpeg(tf.cast(image * 255, tf.uint8)).numpy()
