"""Dot products of queries with the candidates that each is asked about."""

import tensorflow as tf


def chosen_products(queries, candidates, chosen):
    """Dot products with chosen candidates.

    Of all pairs first, out of which the chosen are taken: in training every
    query is asked about nearly all candidates, and vectors gathered for each
    pair would cost `d` times the memory of their scores, twice.

    Args:
        queries: float32 `[b, d]`.
        candidates: float32 `[u, d]`.
        chosen: int32 `[b, c]` rows of `candidates`.

    Returns:
        float32 `[b, c]`.
    """
    products = tf.matmul(queries, candidates, transpose_b=True)  # [b, u]
    return tf.gather(products, chosen, batch_dims=1)
