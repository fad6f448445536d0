"""Items that are ranked together, searched exactly."""

import tensorflow as tf
import tensorflow_recommenders as tfrs


class ExactShelf(tf.Module):
    """Finds the items of largest dot product by looking at all of them.

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
            tf.constant(embeddings, tf.float32)
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
        return self._layer(queries, k=k)

    def floats_per_query(self, k):
        """How many numbers a search lays out for each query."""
        return tf.maximum(self.size, k * self.embeddings.shape[1])
