"""The only place where the bytes of images become pixels."""

import collections
import os

import numpy as np
import tensorflow as tf

from tfcompat.data.decoding import (
    decode_image,
    decode_jpeg_of,
    decode_pixels,
)
from tfcompat.data.errors import InputError
from tfcompat.data.image_files import image_facts
from tfcompat.data.progress import progress

_CHUNK = 64  # Images decoded between two steps of the progress bar.
_ALIGNMENT = 64  # Bytes; TensorFlow aborts on tensors that are not aligned.
# Sizes of JPEG that have a decoder of their own, and how many images of a size
# are worth one.
_MOST_SIZES, _FEWEST_IMAGES = 8, 64


def decode_images(contents, image_size, webp=True):
    """Decodes images, whatever their size and kind, into one batch.

    Works inside `tf.function`, `tf.data` and SavedModels; used by training,
    transform and serving alike, so that all see the same pixels.

    JPEG (also grey and CMYK), PNG (also grey, palette, alpha, 16 bits), the
    first frame of GIF, BMP, WebP. Alpha is composited on white. The image is
    scaled to fit with its aspect kept, averaging over the area when it
    shrinks, and padded with white to a square. JPEGs are turned upright as
    their EXIF orientation says; an orientation stored in PNG or WebP is not
    read.

    Args:
        contents: string `[n]`, the files' contents.
        image_size: Height and width of the result, in pixels.
        webp: Whether WebP can be decoded, by tensorflow-io. A graph that
            holds its op loads only where tensorflow-io is; stock TensorFlow
            Serving needs False.

    Returns:
        float32 `[n, image_size, image_size, 3]` in [0, 1].

    Raises:
        ValueError: If `image_size` is not positive.
        tf.errors.InvalidArgumentError: When run on bytes that are no such
            image.
    """
    if image_size < 1:
        raise ValueError(f"`image_size` must be positive, got {image_size}.")
    return tf.map_fn(
        lambda content: decode_image(content, image_size, webp),
        contents,
        fn_output_signature=tf.TensorSpec(
            (image_size, image_size, 3), tf.float32
        ),
    )


class ImageStore:
    """Gives batches of images by row, inside a graph.

    Every distinct image is decoded once when the store is made: a corrupt
    file is then named before training starts instead of in its middle. Kept
    are the decoded pixels if they fit into memory, else the files' bytes if
    those fit, else nothing, and images are read from disk when asked for.

    Args:
        paths: List of image files, one per row; several rows may share one.
        image_size: Height and width in pixels that images are decoded to.
        memory_bytes: How much may be kept.

    Attributes:
        kept: "pixels", "bytes" or "paths".
        array: uint8 `[rows, image_size, image_size, 3]`, None unless `kept`
            is "pixels".

    Raises:
        InputError: If an image is missing, corrupt or oversized; it names the
            file.
        ValueError: If `paths` is empty or `image_size` is not positive.
    """

    def __init__(self, paths, image_size, memory_bytes=2 << 30):
        if not len(paths):
            raise ValueError("`paths` is empty.")
        if image_size < 1:
            raise ValueError(
                f"`image_size` must be positive, got {image_size}."
            )
        self.image_size = image_size
        # Compiled once, so that it is as fast called eagerly.
        self._batch = tf.function(
            self._fetch, input_signature=[tf.TensorSpec([None], tf.int32)]
        )
        distinct, places = np.unique(list(map(str, paths)), return_inverse=True)
        self._places = tf.constant(places, tf.int32)
        facts = image_facts(distinct)
        for path, fact in zip(distinct, facts, strict=True):
            if fact.problem:
                raise InputError(f"{path}: {fact.problem}.")
        self._decoder = _Decoder(image_size, [fact.jpeg_size for fact in facts])
        pixels = len(distinct) * image_size**2 * 3
        if pixels <= memory_bytes:
            self.kept = "pixels"
            self._kept = _decode_all(distinct, self._decoder, keep=True)
        else:
            _decode_all(distinct, self._decoder, keep=False)
            if sum(map(os.path.getsize, distinct)) <= memory_bytes:
                self.kept = "bytes"
                self._kept = tf.constant(list(map(_read, distinct)))
            else:
                self.kept = "paths"
                self._kept = tf.constant(distinct)

    def __len__(self):
        return len(self._places)

    def batch(self, rows):
        """Images of some rows.

        Args:
            rows: int32 `[n]`.

        Returns:
            float32 `[n, image_size, image_size, 3]` in [0, 1].
        """
        return self._batch(rows)

    def _fetch(self, rows):
        places = tf.gather(self._places, rows)
        found = tf.gather(self._kept, places)
        if self.kept != "pixels":
            side = self.image_size
            # Rounded, so that what is kept makes no difference.
            found = tf.map_fn(
                self._decode,
                (found, tf.gather(self._decoder.kinds, places)),
                fn_output_signature=tf.TensorSpec((side, side, 3), tf.uint8),
            )
        return tf.cast(found, tf.float32) / 255.0

    def _decode(self, image):
        content, kind = image
        if self.kept == "paths":
            content = tf.io.read_file(content)
        return self._decoder(content, kind)

    @property
    def array(self):
        if self.kept != "pixels":
            return None
        pixels = np.asarray(memoryview(self._kept))  # Shares the memory.
        places = self._places.numpy()
        if np.array_equal(places, np.arange(len(pixels))):
            return pixels
        return pixels[places]


def _read(path):
    with open(path, "rb") as file:
        return file.read()


class _Decoder:
    """Decodes images, those of common sizes without a look at each.

    Args:
        image_size: Of the result.
        jpeg_sizes: `ImageFacts.jpeg_size` of every image.

    Attributes:
        image_size: As the argument.
        kinds: int32 `[images]`: 0 or the number of a common size.
    """

    def __init__(self, image_size, jpeg_sizes):
        self.image_size = image_size
        counts = collections.Counter(size for size in jpeg_sizes if size)
        common = counts.most_common(_MOST_SIZES)
        sizes = [size for size, count in common if count >= _FEWEST_IMAGES]
        numbers = {size: place + 1 for place, size in enumerate(sizes)}
        kinds = [numbers.get(size, 0) for size in jpeg_sizes]
        self.kinds = tf.constant(kinds, tf.int32)
        self._only = kinds[0] if len(set(kinds)) == 1 else None
        self._ways = [lambda content: decode_pixels(content, image_size)]
        self._ways += [decode_jpeg_of(*size, image_size) for size in sizes]

    def __call__(self, content, kind):
        """uint8 `[image_size, image_size, 3]` of one image and its kind."""
        if self._only is not None:
            return self._ways[self._only](content)
        return tf.switch_case(
            kind, [lambda way=way: way(content) for way in self._ways]
        )


def _decode_all(paths, decoder, keep):
    """Decodes every file once; returns uint8 `[n, size, size, 3]` if `keep`."""
    size = decoder.image_size
    pixels = _empty_pixels((len(paths), size, size, 3)) if keep else None

    def decode(paths, kinds):
        return tf.map_fn(
            lambda image: decoder(tf.io.read_file(image[0]), image[1]),
            (paths, kinds),
            fn_output_signature=tf.TensorSpec((size, size, 3), tf.uint8),
        )

    # By `tf.data`, as photos are decoded in serving: a `tf.function` rewrites
    # the arithmetic, and some pixels are rounded otherwise.
    dataset = tf.data.Dataset.from_tensor_slices((paths, decoder.kinds))
    dataset = dataset.batch(_CHUNK).map(decode, tf.data.AUTOTUNE)
    done = 0
    try:
        for chunk in progress(dataset, "Decoding images", unit="batch"):
            if keep:
                pixels[done : done + len(chunk)] = memoryview(chunk)
            done += len(chunk)
    except tf.errors.OpError as error:
        raise _name_culprit(paths[done:], size) from error
    if not keep:
        return None
    # Not `tf.constant`, which would hold all of it twice.
    return tf.experimental.dlpack.from_dlpack(pixels.__dlpack__())


def _empty_pixels(shape):
    """uint8 array that begins where TensorFlow wants a tensor to begin."""
    size = int(np.prod(shape))
    spare = np.empty(size + _ALIGNMENT, np.uint8)
    start = -spare.ctypes.data % _ALIGNMENT
    return spare[start : start + size].reshape(shape)


def _name_culprit(paths, image_size):
    """The `InputError` about the first of `paths` that cannot be decoded."""
    for path in paths:
        try:
            decode_image(_read(path), image_size)
        except tf.errors.OpError as error:
            reason = error.message.splitlines()[0]
            return InputError(f"{path}: cannot be decoded: {reason}")
    return InputError("An image could be decoded only at the second attempt.")
