"""Photos to warm a served model up with."""

import tensorflow as tf

from tfcompat.data.errors import InputError
from tfcompat.data.images import decode_images
from tfcompat.export.image_headers import BMP, JPEG, PNG, WEBP, read_headers

_COUNT = 2
_LOOKED_AT = 500  # Items.
_SMALL = 20_000  # Bytes of a photo that is taken as it is.
_HEAD = 32  # Bytes that tell an image's kind.
_SERVED = (JPEG, PNG, BMP, WEBP)  # Kinds that are read of any photo.


def sample_photos(wardrobe, webp, reads_new):
    """Picks some small photos of a wardrobe.

    Args:
        wardrobe: `Wardrobe`.
        webp: Whether the model reads WebP.
        reads_new: Whether it reads other photos than the catalogue's; those
            that are large, or of a kind that is read of the catalogue's own
            alone, as GIF is, are then made small JPEGs.

    Returns:
        List of contents of image files.

    Raises:
        InputError: If there is none that the model reads.
    """
    kinds = {
        path: kind
        for path, kind in _read_kinds(wardrobe.image_paths[:_LOOKED_AT])
        if webp or kind != WEBP
    }
    if not kinds:
        raise InputError(
            f"{wardrobe.folder}: has no photo but WebP; export with --webp."
        )
    samples = []
    for path in sorted(kinds, key=lambda path: path.stat().st_size)[:_COUNT]:
        sample = path.read_bytes()
        is_fit = kinds[path] in _SERVED and len(sample) <= _SMALL
        samples.append(_shrink(sample) if reads_new and not is_fit else sample)
    return samples


def _read_kinds(paths):
    """Pairs of path and kind, by the content: an ending may be wrong."""
    heads = []
    for path in paths:
        with open(path, "rb") as file:
            heads.append(file.read(_HEAD))
    kinds, _, _ = read_headers(tf.constant(heads, tf.string))
    return zip(paths, kinds.numpy(), strict=True)


def _shrink(photo):
    """The same photo as a small JPEG: many copies travel in the warm-up."""
    [image] = decode_images(tf.constant([photo]), 128)
    return tf.io.encode_jpeg(tf.cast(image * 255, tf.uint8)).numpy()
