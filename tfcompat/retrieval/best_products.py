"""Sorting the best out of many dot products."""

import tensorflow as tf

_BLOCK = 32  # Products of which at first only the best is compared.
# Fewer items are sorted out as fast at once.
_SMALLEST_IN_BLOCKS = 16_384


def best_products(products, k, items):
    """The largest products of each query.

    Of many items sorting takes longer than the products do, so these are
    parted into blocks of neighbours: the k best items lie in the k blocks
    whose best items are best, and only those are sorted out.

    Args:
        products: float32 `[n, items]`.
        k: int32 scalar, at most `items`.
        items: int, the number of items.

    Returns:
        Tuple of float32 `[n, k]` products, largest first, and int32 `[n, k]`
        places; of equals the first comes first.
    """
    if items < _SMALLEST_IN_BLOCKS:
        return tuple(tf.math.top_k(products, k))
    count = tf.shape(products)[0]
    blocks = items // _BLOCK
    inside = products[:, : blocks * _BLOCK]
    inside = tf.reshape(inside, [count, blocks, _BLOCK])
    largest = tf.reduce_max(inside, axis=2)  # [n, blocks]
    _, chosen = tf.math.top_k(largest, tf.minimum(k, blocks), sorted=False)
    # In order, so that of equals the first still comes first.
    chosen = tf.sort(chosen, axis=1)  # [n, m]
    found = tf.gather(inside, chosen, batch_dims=1)  # [n, m, block]
    places = chosen[:, :, None] * _BLOCK + tf.range(_BLOCK)
    # Those behind the last whole block take part in any case.
    rest = products[:, blocks * _BLOCK :]  # [n, rest]
    behind = tf.zeros_like(rest, tf.int32) + tf.range(blocks * _BLOCK, items)
    found, places = (
        tf.concat([tf.reshape(part, [count, -1]), end], axis=1)
        for part, end in ((found, rest), (places, behind))
    )
    best, order = tf.math.top_k(found, k)
    return best, tf.gather(places, order, batch_dims=1)
