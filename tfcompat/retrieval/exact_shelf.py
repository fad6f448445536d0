"""Items that are ranked together, searched exactly."""

import numpy as np
import tensorflow as tf
import tensorflow_recommenders as tfrs

from tfcompat.retrieval.best_products import best_products

_LARGEST_FOR_TFRS = 4_096  # More take it longer to multiply.


class ExactShelf(tf.Module):
    """Finds the items of largest dot product by looking at all of them.

    A small shelf is searched by TFRS's `BruteForce`. A larger one is kept item
    by column: with items in rows, as TFRS keeps them, TensorFlow's product
    takes up to three times as long on a CPU, or its result has to be
    transposed before it can be sorted.

    Args:
        embeddings: float32 `[items, q]`, at least one.

    Attributes:
        size: Number of items.
        dim: Size of an embedding, q.
    """

    def __init__(self, embeddings):
        super().__init__(name="exact_shelf")
        self.size, self.dim = embeddings.shape
        embeddings = np.asarray(embeddings, "float32")
        self._by_tfrs = self.size <= _LARGEST_FOR_TFRS
        if self._by_tfrs:
            layer = tfrs.layers.factorized_top_k.BruteForce()
            self._layer = layer.index(tf.constant(embeddings))
            [self._rows] = [
                weight for weight in layer.weights if weight.shape.rank == 2
            ]
        else:
            self._columns = tf.Variable(
                embeddings.T, trainable=False, name="embeddings"
            )

    def search(self, queries, k):
        """The best items of each query.

        Args:
            queries: float32 `[n, q]`.
            k: int32 scalar, at most `size`.

        Returns:
            Tuple of float32 `[n, k]` dot products, largest first, and int32
            `[n, k]` places on this shelf; of equals the first comes first.
        """
        if self._by_tfrs:
            return self._layer(queries, k=k)
        products = tf.matmul(queries, self._columns)
        return best_products(products, k, self.size)

    def embeddings_of(self, places):
        """The embeddings at some places.

        Args:
            places: int32 `[n, k]`.

        Returns:
            float32 `[n, k, q]`.
        """
        if self._by_tfrs:
            return tf.gather(self._rows, places)
        found = tf.gather(self._columns, places, axis=1)  # [q, n, k]
        return tf.transpose(found, [1, 2, 0])

    def floats_per_query(self, k):
        """How many numbers a search lays out for each query."""
        return tf.maximum(self.size, k * self.dim)
