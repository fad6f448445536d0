"""Exact ranking where the space depends on both items' types."""

import numpy as np
import tensorflow as tf


class TypedRanking(tf.Module):
    """Ranks a catalogue by `-|m (q - c)|`, m being the mask of both types.

    A query has one embedding for each type of candidate, whose dot products
    with all candidates of that type are exact: every item is looked at, and
    nothing of the size of items times dimensions is made for a query.

    Args:
        embeddings: float32 `[items, d]`.
        groups: int `[items]`, what a search is filtered by.
        types: int `[items]`, product types; None where there is one space.
        masks: float32 `[types, types, d]`, or None.

    Attributes:
        dim: Size of an embedding, d.
        size: Number of items.
    """

    def __init__(self, embeddings, groups, types=None, masks=None):
        super().__init__(name="typed_ranking")
        self.size, self.dim = embeddings.shape
        if masks is None:
            types = np.zeros(self.size, int)
            masks = np.ones((1, 1, self.dim))
        # Type by type, so that each has one matrix.
        order = np.argsort(types, kind="stable")
        self._sizes = np.bincount(types, minlength=len(masks)).tolist()
        self._order = _constant(order, np.int32)
        self._rows = _constant(np.argsort(order, kind="stable"), np.int32)
        self._groups = _constant(groups, np.int32)
        self._types = _constant(types, np.int32)
        self._squared = _constant(np.square(masks), np.float32)
        self._embeddings = _constant(embeddings[order], np.float32)

    def types_of(self, queries, own):
        """The types of queries: their own item's, else the most alike one's.

        Args:
            queries: float32 `[b, d]`.
            own: int32 `[b]`, the item that a query is; -1 for none.

        Returns:
            int32 `[b]`.
        """
        products = tf.matmul(queries, self._embeddings, transpose_b=True)
        nearest = tf.gather(
            self._order,
            tf.argmax(
                2.0 * products
                - tf.reduce_sum(tf.square(self._embeddings), axis=-1),
                axis=-1,
            ),
        )
        return tf.gather(self._types, tf.where(own >= 0, own, nearest))

    def score(self, queries, types):
        """Scores every item of the catalogue.

        Args:
            queries: float32 `[b, d]`.
            types: int32 `[b]`, types of the queries.

        Returns:
            float32 `[b, items]`.
        """
        squared = tf.gather(self._squared, types)  # [b, types, d]
        parts = tf.split(self._embeddings, self._sizes)
        found = []
        for type_, candidates in enumerate(parts):
            weights = squared[:, type_]
            constant = tf.reduce_sum(weights * tf.square(queries), -1)
            distances = (
                constant[:, None]
                - 2.0
                * tf.matmul(weights * queries, candidates, transpose_b=True)
                + tf.matmul(weights, tf.square(candidates), transpose_b=True)
            )
            found.append(-tf.sqrt(tf.maximum(distances, 1e-12)))
        return tf.gather(tf.concat(found, axis=1), self._rows, axis=1)

    def rank(self, queries, own, groups, k):
        """The best items of a group for each query, itself left out.

        Args:
            queries: float32 `[b, d]`.
            own: int32 `[b]`, the item that a query is; -1 for none.
            groups: int32 `[b]`, the group asked for.
            k: int32 scalar.

        Returns:
            Tuple of float32 scores and int32 rows, `[b, min(k, items)]`, -inf
            and -1 where a group has fewer.
        """
        scores = self.score(queries, self.types_of(queries, own))
        items = tf.range(tf.shape(scores)[1])
        out = (self._groups != groups[:, None]) | (items == own[:, None])
        scores = tf.where(out, -float("inf"), scores)
        k = tf.minimum(k, tf.shape(scores)[1])
        scores, rows = tf.math.top_k(scores, k)
        return scores, tf.where(scores > -float("inf"), rows, -1)


def _constant(values, dtype):
    """A variable, which is not copied into every graph as a constant is."""
    return tf.Variable(np.asarray(values, dtype), trainable=False)
