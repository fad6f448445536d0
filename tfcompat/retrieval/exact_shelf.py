"""Items that are ranked together, searched exactly."""

import tensorflow as tf
import tensorflow_recommenders as tfrs

_BLOCK = 64  # Items of which at first only the best is compared.
# Fewer items are sorted out as fast at once.
_SMALLEST_IN_BLOCKS = 16_384
_LARGEST_FOR_TFRS = 4_096  # More take it longer to multiply.


class ExactShelf(tf.Module):
    """Finds the items of largest dot product by looking at all of them.

    A small shelf is searched by TFRS's `BruteForce`. On a larger one the order
    of the factors matters. On a large one sorting takes longer than the
    products do, so these are parted into blocks of neighbours: the k best
    items lie in the k blocks whose best items are best, and only those are
    sorted out.

    Args:
        embeddings: float32 `[items, q]`, at least one.

    Attributes:
        size: Number of items.
        embeddings: float32 variable `[items, q]`.
    """

    def __init__(self, embeddings):
        super().__init__(name="exact_shelf")
        self.size = len(embeddings)
        self._layer = tfrs.layers.factorized_top_k.BruteForce().index(
            tf.convert_to_tensor(embeddings, tf.float32)
        )
        [self.embeddings] = [
            weight for weight in self._layer.weights if weight.shape.rank == 2
        ]

    def search(self, queries, k):
        """The best items of each query.

        Args:
            queries: float32 `[n, q]`.
            k: int32 scalar, at most `size`.

        Returns:
            Tuple of float32 `[n, k]` dot products, largest first, and int32
            `[n, k]` places on this shelf; of equals the first comes first.
        """
        if self.size <= _LARGEST_FOR_TFRS:
            return self._layer(queries, k=k)
        # With the items on the right, as `transpose_b`, TensorFlow's product
        # takes up to three times as long on a CPU.
        products = tf.matmul(self.embeddings, tf.transpose(queries))
        if self.size < _SMALLEST_IN_BLOCKS:
            return tf.math.top_k(tf.transpose(products), k)
        return self._best_by_blocks(products, k)

    def _best_by_blocks(self, products, k):
        """As `search`, from the products `[items, n]`."""
        count = tf.shape(products)[1]
        blocks = self.size // _BLOCK
        inside = tf.transpose(products[: blocks * _BLOCK])
        inside = tf.reshape(inside, [count, blocks, _BLOCK])
        largest = tf.reduce_max(inside, axis=2)  # [n, blocks]
        _, chosen = tf.math.top_k(largest, tf.minimum(k, blocks), sorted=False)
        # In order, so that of equals the first still comes first.
        chosen = tf.sort(chosen, axis=1)  # [n, m]
        found = tf.gather(inside, chosen, batch_dims=1)  # [n, m, block]
        places = chosen[:, :, None] * _BLOCK + tf.range(_BLOCK)
        # Those behind the last whole block take part in any case.
        rest = tf.transpose(products[blocks * _BLOCK :])  # [n, rest]
        behind = tf.range(blocks * _BLOCK, self.size)
        found, places = (
            tf.concat([tf.reshape(part, [count, -1]), end], axis=1)
            for part, end in (
                (found, rest),
                (places, tf.zeros_like(rest, tf.int32) + behind),
            )
        )
        best, order = tf.math.top_k(found, k)
        return best, tf.gather(places, order, batch_dims=1)

    def floats_per_query(self, k):
        """How many numbers a search lays out for each query."""
        # The products, and the same transposed.
        return tf.maximum(2 * self.size, k * self.embeddings.shape[1])
