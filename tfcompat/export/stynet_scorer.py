"""StyNet's scores and rankings, inside a served graph."""

import tensorflow as tf

from tfcompat.export.own_votes import OwnVotesLeftOut
from tfcompat.layers.row_embeddings import embed_rows

_PAIRS = 2**16  # Pairs rated at once; some 50 MB.
_CUSTOMERS = 64  # The fewer, the more items are looked at together.


class StyNetScorer(tf.Module):
    """Scores pairs and ranks the catalogue by StyNet's rating.

    No dot product gives the rating, so all pairs are rated, a block of items
    at a time.

    Args:
        model: `StyNet`.
        ranked: int array, rows of the items to rank, ascending.
    """

    def __init__(self, model, ranked):
        super().__init__(name="stynet_scorer")
        self.model = model
        self.ranked = tf.Variable(ranked, trainable=False, dtype=tf.int32)
        embeddings = embed_rows(
            model.embed_item, "item", model.towers.item_tower.num_items
        )
        self.embeddings = tf.Variable(embeddings[ranked], trainable=False)
        self._left_out = OwnVotesLeftOut(
            model, self._search, ranked, _CUSTOMERS
        )

    def score(self, customers, items):
        """Ratings of pairs of int32 `[b]` rows; float32 `[b]` in [0, 1]."""
        return self.model({"customer": customers, "item": items})

    def rank(self, customers, count):
        """As `OwnVotesLeftOut.rank`."""
        return self._left_out.rank(customers, count)

    def _search(self, customers, count):
        rows = tf.shape(customers)[0]
        embedded = self.model.embed_customer({"customer": customers})
        total = self.embeddings.shape[0]
        block = tf.maximum(_PAIRS // rows, 1)

        def add_block(start, places, scores):
            stop = tf.minimum(start + block, total)
            more = self._rate(embedded, self.embeddings[start:stop])
            scores = tf.concat([scores, more], axis=1)
            new = tf.broadcast_to(tf.range(start, stop), tf.shape(more))
            places = tf.concat([places, new], axis=1)
            scores, best = tf.math.top_k(scores, count)
            return stop, tf.gather(places, best, batch_dims=1), scores

        _, places, scores = tf.while_loop(
            lambda start, *_: start < total,
            add_block,
            (
                0,
                tf.fill([rows, count], -1),
                tf.fill([rows, count], -float("inf")),
            ),
            parallel_iterations=1,
        )
        return tf.gather(self.ranked, places), scores

    def _rate(self, customers, items):
        """Ratings of all pairs of `[c, e]` and `[s, e]`; float32 `[c, s]`."""
        rows, width = tf.shape(customers)[0], tf.shape(items)[0]
        ratings = self.model.rate(
            tf.repeat(customers, width, axis=0), tf.tile(items, [rows, 1])
        )
        return tf.reshape(ratings, [rows, width])
