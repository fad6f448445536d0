"""Looks up what items would be with other attributes, and measures it."""

import numpy as np
import tensorflow as tf

from tfcompat.data.attribute_changes import changed_attributes
from tfcompat.layers.attribute_learners import join_attributes
from tfcompat.metrics.changed_attributes import evaluate_changes
from tfcompat.training.adde import represent

_WEIGHTS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)


class ChangeSearch:
    """Exact search by Euclidean distance of vectors of length 1.

    The query itself is in the gallery. Each item is looked at once, however
    many changes are asked about, and however often.

    Args:
        model: `ADDEM`.
        content: `ImageStore`, or float32 `[items, f]` of features.
        queries: `AttributeQueries`.
    """

    def __init__(self, model, content, queries):
        self.model = model
        self.queries = queries
        gallery = represent(model.encoder, content, queries.gallery)
        self._gallery = join_attributes(tf.constant(gallery))  # [g, A d]
        asking, self._places = np.unique(queries.reference, return_inverse=True)
        self._asking = tf.constant(represent(model.encoder, content, asking))

    def find(self, change, k, batch_size=512):
        """The k gallery items nearest to each query.

        Args:
            change: `[queries, J]`, in place of the queries' own.
            k: How many.
            batch_size: Queries at a time.

        Returns:
            int `[queries, min(k, gallery)]` item rows, nearest first.
        """
        k = min(k, len(self._gallery))
        found = []
        for start in range(0, len(change), batch_size):
            rows = slice(start, start + batch_size)
            asked = tf.gather(self._asking, self._places[rows])
            moved = self.model.move(asked, change[rows])
            # Of equal lengths all, so that the dot product ranks as distances
            # do.
            products = tf.matmul(moved, self._gallery, transpose_b=True)
            found.append(tf.math.top_k(products, k).indices.numpy())
        return self.queries.gallery[np.concatenate(found)]


def find_changed(model, content, queries, k):
    """The k gallery items nearest to each changed query.

    Args:
        model: `ADDEM`.
        content: `ImageStore`, or float32 `[items, f]` of features.
        queries: `AttributeQueries`.
        k: How many.

    Returns:
        int `[queries, min(k, gallery)]` item rows, nearest first.
    """
    return ChangeSearch(model, content, queries).find(queries.change, k)


def measure_changes(model, content, labels, queries, k):
    """Top-k accuracy and the three NDCGs of queries.

    Args:
        model: `ADDEM`.
        content: `ImageStore`, or float32 `[items, f]` of features.
        labels: `AttributeLabels` of all items.
        queries: `AttributeQueries`.
        k: Items found for each.

    Returns:
        Dict as `evaluate_changes` returns it.
    """
    found = find_changed(model, content, queries, k)
    return _evaluate(found, labels, queries)


def choose_change_weight(model, content, labels, queries, k):
    """Sets a model's `change_weight` by what queries keep.

    Args:
        model: `ADDEM`.
        content: `ImageStore`, or float32 `[items, f]` of features.
        labels: `AttributeLabels` of all items.
        queries: `AttributeQueries` of the validation part.
        k: Items found for each.

    Returns:
        Dict as `measure_changes` returns it, by the weight chosen.
    """
    search = ChangeSearch(model, content, queries)
    unchanged = search.find(np.zeros_like(queries.change), k)
    kept = _evaluate(unchanged, labels, queries)["ndcg_other"]
    for weight in _WEIGHTS:
        model.change_weight = weight
        found = search.find(queries.change, k)
        found = _evaluate(found, labels, queries)
        if not found["ndcg_other"] < kept:  # Or unknown.
            break
    return found


def _evaluate(found, labels, queries):
    return evaluate_changes(
        labels.labels[found],
        queries.target,
        changed_attributes(labels, queries.change),
    )
