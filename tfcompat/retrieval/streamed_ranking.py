"""Ranking a catalogue that is read from a dataset, not held in memory."""

import numpy as np
import tensorflow as tf
import tensorflow_recommenders as tfrs


def rank_streamed(queries, candidates, k, queries_at_once=1024):
    """Finds the items of largest dot product in a dataset, exactly.

    For catalogues that are embedded only to be ranked once, as in an
    evaluation over millions of items. Memory holds one batch of them.

    Args:
        queries: float32 `[b, q]`.
        candidates: `tf.data.Dataset` of batches: int32 `[n]` rows and float32
            `[n, q]` embeddings. It is read once for every `queries_at_once`.
        k: Number of items; may exceed what there is.
        queries_at_once: Queries that go through the dataset together.

    Returns:
        Tuple of float32 `[b, m]` dot products, largest first, and int32
        `[b, m]` rows, m being `k` or the number of items, if that is less.

    Raises:
        ValueError: If `k` or `queries_at_once` is not positive.
    """
    for name, value in (("k", k), ("queries_at_once", queries_at_once)):
        if value < 1:
            raise ValueError(f"`{name}` must be positive, got {value}.")
    index = tfrs.layers.factorized_top_k.Streaming(k=k).index_from_dataset(
        candidates
    )
    queries = tf.convert_to_tensor(queries, tf.float32)
    starts = range(0, max(len(queries), 1), queries_at_once)
    parts = [index(queries[i : i + queries_at_once]) for i in starts]
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))
