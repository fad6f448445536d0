"""A tiny model of photos, which fails for what is none."""

import numpy as np
import tensorflow as tf


def write_decoder(folder):
    """`image` string `[n]`, `k` int32 -> `size` int32 `[n]` = height * k."""

    def serve(image, k):
        heights = tf.map_fn(
            lambda content: tf.shape(tf.io.decode_png(content))[0],
            image,
            fn_output_signature=tf.int32,
        )
        return {"size": heights * k}

    spec = [
        tf.TensorSpec([None], tf.string, "image"),
        tf.TensorSpec([], tf.int32, "k"),
    ]
    serve = tf.function(serve, input_signature=spec)
    tf.saved_model.save(
        tf.Module(), str(folder), signatures={"serving_default": serve}
    )


def png(height):
    """Bytes of a black PNG of that height."""
    return tf.io.encode_png(np.zeros([height, 2, 3], np.uint8)).numpy()
