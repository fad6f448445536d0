"""A catalogue's items that complete an outfit, inside a served graph."""

import numpy as np
import tensorflow as tf

from tfcompat.export.pair_ranking import best_of, embed_catalogue, leave_out
from tfcompat.retrieval.catalogue_index import CatalogueIndex

_SHORTLIST = 50  # Items looked at again beside twice those asked for.


class OutfitRanking(tf.Module):
    """Ranks a group of the catalogue by how well it completes outfits.

    The index holds one copy of each item; what pair of groups is compared, is
    in the query. It finds the items of least mean *squared* distance to the
    outfit, more than are asked for, and the model's own score, the mean
    distance, puts them in order.

    Args:
        model: `OutfitScorer`, whose categories are groups.
        catalogue: `Catalogue`.
        num_groups: Number of groups that the model knows.
        index: "exact" or "scann".
    """

    def __init__(self, model, catalogue, num_groups, index="exact"):
        super().__init__(name="outfit_ranking")
        self.model = model
        groups = np.asarray(catalogue.groups)
        self.index = CatalogueIndex(
            embed_catalogue(model, catalogue), groups, num_groups, index
        )

    def rank(self, items, outfit, groups, k):
        """The items of a group that go best with each outfit.

        Args:
            items: What `Photos.read` says of the photos.
            outfit: int32 `[b, m]`, places in these, -1 for none.
            groups: int32 `[b]`.
            k: int32 scalar.

        Returns:
            Tuple of float32 `[b, n]` scores and int32 `[b, n]` rows of the
            catalogue, best first; a row ends in -inf and -1 where there are
            no more. The outfit's own items are not among them.
        """
        inputs = {**items, "categories": items["groups"]}

        def ask(places):
            return {
                **inputs,
                "outfit": tf.gather(outfit, places),
                "candidate_categories": tf.gather(groups, places)[:, None],
            }

        def score(found, shelf, embeddings):
            del shelf
            return self.model.score_candidates(ask(found), embeddings)

        everything = tf.range(tf.shape(groups)[0])
        queries = self.model.embed_query(ask(everything))
        scores, rows = self.index.search(
            queries, groups, 2 * k + _SHORTLIST, score
        )
        own = tf.where(
            outfit >= 0,
            tf.gather(items["catalogue_rows"], tf.maximum(outfit, 0)),
            -1,
        )
        for place in range(outfit.shape[1]):
            scores, rows = leave_out(scores, rows, own[:, place])
        return best_of(scores, rows, k)
