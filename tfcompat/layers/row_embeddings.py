"""Embeddings of everything that a tower knows by its row."""

import numpy as np
import tensorflow as tf

from tfcompat.data.progress import progress


def embed_rows(embed, key, count, batch_size=1024):
    """Embeds rows 0 to `count` - 1, a batch at a time.

    Args:
        embed: Function from a dict with `key`, int `[b]` rows, to `[b, e]`.
        key: "customer" or "item".
        count: Number of rows.
        batch_size: Rows at a time.

    Returns:
        float32 `[count, e]`.
    """
    embed = tf.function(embed, reduce_retracing=True)
    starts = range(0, count, batch_size)
    return np.concatenate(
        [
            embed({key: tf.range(i, min(i + batch_size, count))}).numpy()
            for i in progress(starts, f"embedding {key}s", unit="batch")
        ]
    )
