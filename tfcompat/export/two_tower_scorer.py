"""Two-tower scores and rankings, inside a served graph."""

import numpy as np
import tensorflow as tf
import tensorflow_recommenders as tfrs

from tfcompat.export.own_votes import OwnVotesLeftOut
from tfcompat.layers.row_embeddings import embed_rows

_SCORES = 2**24  # Scores laid out at once; 64 MB.


class TwoTowerScorer(tf.Module):
    """Scores pairs and ranks the catalogue by the cosine of two embeddings.

    Args:
        model: `TwoTower`.
        ranked: int array, rows of the items to rank, ascending.
    """

    def __init__(self, model, ranked):
        super().__init__(name="two_tower_scorer")
        self.model = model
        embeddings = embed_rows(
            model.embed_item, "item", model.towers.item_tower.num_items
        )
        self.index = tfrs.layers.factorized_top_k.BruteForce().index(
            tf.constant(embeddings[ranked]),
            tf.constant(np.asarray(ranked, "int32")),
        )
        self._left_out = OwnVotesLeftOut(
            model, self._search, ranked, max(_SCORES // len(ranked), 1)
        )

    def score(self, customers, items):
        """Cosines of pairs of int32 `[b]` rows; float32 `[b]`."""
        return self.model({"customer": customers, "item": items})

    def rank(self, customers, count):
        """As `OwnVotesLeftOut.rank`."""
        return self._left_out.rank(customers, count)

    def _search(self, customers, count):
        embedded = self.model.embed_customer({"customer": customers})
        scores, items = self.index(embedded, k=count)
        return items, scores
