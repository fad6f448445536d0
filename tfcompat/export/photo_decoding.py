"""Decoding a batch of photos in a graph that says which could not be."""

import tensorflow as tf

from tfcompat.data.images import decode_images


def decode_photos(contents, image_size, at_once=2, webp=False):
    """Decodes photos into the very bytes that training has seen.

    By `tf.data`, whose ops every TensorFlow has: it can go on after a photo
    that cannot be decoded, so that not all of the batch fails with a message
    that does not say which.

    Args:
        contents: string `[n]`, the files' contents.
        image_size: Height and width of the result, in pixels.
        at_once: int64 scalar, photos decoded at once. One of 25 million
            pixels takes up to 1 GB meanwhile.
        webp: As `decode_images` takes it.

    Returns:
        Tuple of uint8 `[n, image_size, image_size, 3]`, white where a photo
        cannot be decoded, and bool `[n]`, whether it could.
    """
    count = tf.shape(contents)[0]

    def decode(row, content):
        image = decode_images(content[None], image_size, webp)[0]
        # As `ImageStore` keeps pixels, and so training sees them.
        return row, tf.cast(tf.round(image * 255.0), tf.uint8)

    white = tf.fill([1, image_size, image_size, 3], tf.constant(255, tf.uint8))
    decoded = tf.data.Dataset.from_tensor_slices((tf.range(count), contents))
    decoded = decoded.map(decode, num_parallel_calls=at_once)
    # One more, for a batch of which not one photo can be decoded.
    blank = tf.data.Dataset.from_tensors((count, white[0]))
    decoded = decoded.ignore_errors().concatenate(blank)
    rows, images = decoded.batch(
        tf.cast(count, tf.int64) + 1
    ).get_single_element()
    is_decoded = tf.scatter_nd(
        rows[:, None], tf.ones_like(rows, tf.bool), [count + 1]
    )[:count]
    images = tf.tensor_scatter_nd_update(
        tf.repeat(white, count + 1, axis=0), rows[:, None], images
    )[:count]
    return images, is_decoded
