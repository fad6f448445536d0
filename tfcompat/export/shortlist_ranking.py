"""A pair model's ranking of the candidates that another model proposes."""

import tensorflow as tf

from tfcompat.export.pair_ranking import best_of, embed_catalogue, leave_out
from tfcompat.retrieval.row_blocks import rank_in_blocks

_FLOATS = 2**24  # Numbers laid out at once; 64 MB.


class ShortlistRanking(tf.Module):
    """Ranks what a shortlist proposes; for catalogues beyond an exact index.

    Args:
        model: `SubspaceNet` or `JointSubspaceNet`.
        catalogue: `Catalogue`.
        shortlist: `Shortlist`.
    """

    def __init__(self, model, catalogue, shortlist):
        super().__init__(name="shortlist_ranking")
        self.model = model
        self.shortlist = shortlist
        self._embeddings = tf.Variable(
            embed_catalogue(model, catalogue), trainable=False, name="items"
        )
        self._categories = tf.Variable(
            catalogue.categories, trainable=False, name="categories"
        )

    def rank(self, items, asked, k):
        """As `PairRanking.rank`, but only what the shortlist proposes.

        Args:
            items: What `Photos.read` says of the photos.
            asked: Dict of int32 `[b]` "query", "customer" and "group", as
                there, and string `[b]` "customer_id".
            k: int32 scalar.

        Returns:
            Tuple of float32 and int32 `[b, m]`, as `PairRanking.rank`.
        """
        query = asked["query"]
        proposed = self.shortlist.propose(
            asked["customer_id"], asked["group"], k + 1
        )
        width = tf.shape(proposed)[1]
        own = tf.gather(items["catalogue_rows"], query)

        def rank_block(places):
            places = tf.maximum(places, 0)  # -1 fills up the last block.
            rows = tf.gather(proposed, places)  # [n, m]
            known = tf.maximum(rows, 0)
            scores = self.model.score_candidates(
                {
                    **items,
                    "query": tf.gather(query, places),
                    "customer": tf.gather(asked["customer"], places),
                    "candidate_categories": tf.gather(self._categories, known),
                },
                tf.gather(self._embeddings, known),
            )
            scores = tf.where(rows < 0, -float("inf"), scores)
            return rows, scores

        block = _FLOATS // tf.maximum(width * self._embeddings.shape[1], 1)
        rows, scores = rank_in_blocks(
            rank_block, tf.range(tf.shape(query)[0]), block
        )
        scores, rows = leave_out(scores, rows, own)
        return best_of(scores, rows, k)
