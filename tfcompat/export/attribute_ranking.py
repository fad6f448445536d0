"""Attribute manipulation and similarity in a catalogue, in a served graph."""

import numpy as np
import tensorflow as tf

from tfcompat.export.pair_ranking import leave_out
from tfcompat.retrieval.catalogue_index import CatalogueIndex


class AttributeRanking(tf.Module):
    """Ranks a catalogue by changed attributes, or by one attribute alone.

    One copy `[x, x o x]` of each item's representation, of length 1, answers
    both: for a changed query `r'` by the dot product with `[r', 0]`, and for
    an attribute by `[2 m o x, -m]`, its mask `m` folded into the query.

    Args:
        model: `ADDEM`.
        catalogue: `Catalogue`, whose features are the backbone's.
        index: "exact" or "scann".
        at_once: Items that are embedded at a time.
    """

    def __init__(self, model, catalogue, index="exact", at_once=4096):
        super().__init__(name="attribute_ranking")
        self.model = model
        embed = tf.function(model.index, reduce_retracing=True)
        features = catalogue.features
        embeddings = np.concatenate(
            [
                embed(tf.constant(features[i : i + at_once])).numpy()
                for i in range(0, max(len(features), 1), at_once)
            ]
        )
        self.index = CatalogueIndex(
            np.concatenate([embeddings, embeddings**2], axis=1),
            np.zeros(len(embeddings), "int32"),
            1,
            index,
        )

    def manipulate(self, features, own, remove, add, k):
        """The items most like each query once its attributes are changed.

        Where a value comes and none of its attribute is said to go, the one
        goes that the classifier sees.

        Args:
            features: float32 `[b, f]`.
            own: int32 `[b]`, the query's row in the catalogue, -1 for none.
            remove: float32 `[b, J]`, ones at values that go.
            add: float32 `[b, J]`, ones at values that come.
            k: int32 scalar.

        Returns:
            Tuple of float32 `[b, m]` scores, negative distances of vectors of
            length 1, and int32 `[b, m]` rows, best first.
        """
        encoder = self.model.encoder
        represented = encoder.represent(features)
        logits = encoder.classify(represented)
        gone = []
        sizes = self.model.memory.value_counts
        for seen, goes, comes in zip(
            logits,
            tf.split(remove, sizes, axis=1),
            tf.split(add, sizes, axis=1),
            strict=True,
        ):
            is_open = tf.reduce_any(comes > 0, axis=1) & ~tf.reduce_any(
                goes > 0, axis=1
            )
            likeliest = tf.one_hot(tf.argmax(seen, axis=1), seen.shape[1])
            gone.append(tf.where(is_open[:, None], likeliest, goes))
        change = add - tf.concat(gone, axis=1)
        query = self.model.manipulate(features, change)  # [b, A d]
        asked = tf.concat([query, tf.zeros_like(query)], axis=1)
        products, rows = self._search(asked, own, k)
        return -tf.sqrt(tf.maximum(2.0 - 2.0 * products, 0.0)), rows

    def similar(self, features, own, attributes, k):
        """The items most like each query in one attribute.

        Args:
            features: float32 `[b, f]`.
            own: int32 `[b]`, the query's row in the catalogue, -1 for none.
            attributes: int32 `[b]`.
            k: int32 scalar.

        Returns:
            As `manipulate`; distances within the attribute's subspace.
        """
        query = self.model.index(features)  # [b, A d]
        count = len(self.model.memory.value_counts)
        mask = tf.repeat(
            tf.one_hot(attributes, count), query.shape[1] // count, axis=1
        )
        asked = tf.concat([2.0 * mask * query, -mask], axis=1)
        products, rows = self._search(asked, own, k)
        own_part = tf.reduce_sum(mask * tf.square(query), axis=1)
        gaps = tf.maximum(own_part[:, None] - products, 0.0)
        return -tf.sqrt(gaps), rows

    def _search(self, asked, own, k):
        shelves = tf.zeros([tf.shape(asked)[0]], tf.int32)
        # One more, in case that the query itself is found.
        scores, rows = self.index.search(asked, shelves, k + 1)
        scores, rows = leave_out(scores, rows, own)
        most = tf.minimum(k, tf.shape(scores)[1])
        order = tf.argsort(-scores, axis=1, stable=True)[:, :most]
        return (
            tf.gather(scores, order, batch_dims=1),
            tf.gather(rows, order, batch_dims=1),
        )
