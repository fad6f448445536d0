"""Codes of catalogue items by a designer's encoder."""

import numpy as np
import tensorflow as tf


def encode_items(encoder, images, rows, batch_size=256):
    """Encodes items of a wardrobe, each once.

    Args:
        encoder: `ImageEncoder`.
        images: `ImageStore` of the wardrobe's items.
        rows: int `[n]`, item rows; may repeat.
        batch_size: Images at a time.

    Returns:
        float32 `[n, d]`.
    """
    distinct, places = np.unique(rows, return_inverse=True)
    encode = tf.function(
        lambda batch: encoder(images.batch(batch)),
        input_signature=[tf.TensorSpec([None], tf.int32)],
    )
    codes = [
        encode(distinct[start : start + batch_size].astype("int32")).numpy()
        for start in range(0, len(distinct), batch_size)
    ]
    return np.concatenate(codes)[places]
