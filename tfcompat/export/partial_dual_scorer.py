"""Partial Dual's scores and rankings, inside a served graph."""

import numpy as np
import tensorflow as tf
import tensorflow_recommenders as tfrs

from tfcompat.retrieval.row_blocks import rank_in_blocks

_SCORES = 2**24  # Scores laid out at once; 64 MB.


class PartialDualScorer(tf.Module):
    """Scores pairs and ranks the catalogue by the completed matrix.

    The matrix is kept as its factors: with the biases as two more columns of
    each, a rating is one inner product. An unknown customer gets the average
    of all customers' ratings, which is that of their average factors.

    Args:
        model: Fitted `PartialDual`.
        ranked: int array, rows of the items to rank, ascending.
    """

    def __init__(self, model, ranked):
        super().__init__(name="partial_dual_scorer")
        customers = np.column_stack(
            [
                model.customer_embeddings,
                model.mean + model.customer_biases,
                np.ones(len(model.customer_biases)),
            ]
        )
        customers = np.vstack([customers.mean(axis=0), customers])
        items = np.column_stack(
            [
                model.item_embeddings,
                np.ones(len(model.item_biases)),
                model.item_biases,
            ]
        ).astype("float32")
        # Row 0 is the unknown.
        self.customers = tf.Variable(
            customers.astype("float32"), trainable=False, name="customers"
        )
        self.items = tf.Variable(items, trainable=False, name="items")
        self.index = tfrs.layers.factorized_top_k.BruteForce().index(
            tf.constant(items[ranked]),
            tf.constant(np.asarray(ranked, "int32")),
        )
        self.num_ranked = len(ranked)

    def score(self, customers, items):
        """Ratings of pairs of int32 `[b]` rows; float32 `[b]`."""
        return tf.einsum(
            "br,br->b",
            tf.gather(self.customers, customers + 1),
            tf.gather(self.items, items),
        )

    def rank(self, customers, count):
        """As `OwnVotesLeftOut.rank`; here no vote is left out."""
        return rank_in_blocks(
            lambda rows: self._rank_block(rows, count),
            customers,
            _SCORES // self.num_ranked,
        )

    def _rank_block(self, customers, count):
        scores, items = self.index(
            tf.gather(self.customers, customers + 1),
            k=tf.minimum(count, self.num_ranked),
        )
        return items, scores
