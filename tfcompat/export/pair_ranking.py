"""A pair model's ranking of the catalogue, inside a served graph."""

import numpy as np
import tensorflow as tf

from tfcompat.export.request_limits import largest_count
from tfcompat.layers.category_pair_attention import CategoryPairAttention
from tfcompat.retrieval.catalogue_index import CatalogueIndex


class PairRanking(tf.Module):
    """Ranks a group of the catalogue by what goes with a query item.

    The group is searched by dot product, and what is found gets the scores of
    the model itself. Where these depend on the candidate's category, too, the
    group is searched category by category, each by a query of its own: there
    is one copy of the items, and each is looked at once.

    Args:
        model: `SubspaceNet` or `JointSubspaceNet`.
        catalogue: `Catalogue`.
        num_groups: Number of groups that the model knows.
        index: "exact" or "scann".
    """

    def __init__(self, model, catalogue, num_groups, index="exact"):
        super().__init__(name="pair_ranking")
        self.model = model
        groups = catalogue.groups
        by_category = isinstance(model.attention, CategoryPairAttention)
        categories = catalogue.categories if by_category else 0 * groups
        # A shelf is a group, or one category of a group.
        kinds, shelves = np.unique(
            np.stack([groups, categories], axis=1).reshape(-1, 2),
            axis=0,
            return_inverse=True,
        )
        self._categories = [*kinds[:, 1].tolist(), 0]  # The last for none.
        self._sizes = np.bincount(groups, minlength=num_groups)
        self.index = CatalogueIndex(
            embed_catalogue(model, catalogue), shelves, len(kinds), index
        )
        most = np.bincount(kinds[:, 0], minlength=num_groups).max(initial=1)
        self._shelves = np.full((num_groups, most), -1, "int32")
        for group in range(num_groups):
            found = np.flatnonzero(kinds[:, 0] == group)
            self._shelves[group, : len(found)] = found

    def rank(self, items, asked, k):
        """The items that go best with each query, the query itself excepted.

        Args:
            items: What `Photos.read` says of the photos.
            asked: Dict of int32 `[b]` "query", places in these, "customer",
                rows in the model's table, -1 = unknown, and "group".
            k: int32 scalar.

        Returns:
            Tuple of float32 `[b, m]` scores and int32 `[b, m]` rows of the
            catalogue, best first, m being the lesser of `k` and the size of
            the largest group asked for. Shorter rows end in -inf and -1.
        """
        query, groups = asked["query"], asked["group"]
        shelves = tf.gather(self._shelves, groups)  # [b, s]
        count, each = tf.shape(query)[0], self._shelves.shape[1]
        shelves = tf.reshape(shelves, [-1])
        places = tf.repeat(tf.range(count), each)  # [b s]
        own = tf.gather(tf.gather(items["catalogue_rows"], query), places)
        categories = tf.gather(
            self._categories, shelves % len(self._categories)
        )

        def ask(places, categories):
            return {
                **items,
                "query": tf.gather(query, places),
                "customer": tf.gather(asked["customer"], places),
                "candidate_categories": categories[:, None],
            }

        def score(found, shelf, embeddings):
            category = tf.fill(tf.shape(found), self._categories[shelf])
            inputs = ask(tf.gather(places, found), category)
            return self.model.score_candidates(inputs, embeddings)

        queries = self.model.embed_query(ask(places, categories))
        # One more, in case that the query itself is found.
        scores, rows = self.index.search(queries, shelves, k + 1, score)
        scores, rows = leave_out(scores, rows, own)
        shape = [count, each * tf.shape(rows)[1]]
        sizes = tf.gather(tf.constant(self._sizes, tf.int32), groups)
        return best_of(
            tf.reshape(scores, shape),
            tf.reshape(rows, shape),
            tf.minimum(k, largest_count(sizes)),
        )


def embed_catalogue(model, catalogue, at_once=4096):
    """Embeds items as candidates of an index.

    Args:
        model: `SubspaceNet` or `JointSubspaceNet`.
        catalogue: `Catalogue`.
        at_once: Items at a time.

    Returns:
        float32 `[items, q]`.
    """
    embed = tf.function(model.embed_candidate, reduce_retracing=True)
    columns = {
        name: getattr(catalogue, name)
        for name in ("features", "item_rows", "groups", "categories")
    }
    # One batch at least, so that no items have a width, too.
    starts = range(0, max(len(catalogue.item_ids), 1), at_once)
    parts = [
        embed(
            {
                name: tf.constant(column[start : start + at_once])
                for name, column in columns.items()
            }
        ).numpy()
        for start in starts
    ]
    return np.concatenate(parts)


def leave_out(scores, rows, own):
    """Takes one item out of each list; -inf and -1 stand in its place.

    Args:
        scores: float32 `[b, m]`.
        rows: int32 `[b, m]`.
        own: int32 `[b]`, the row to leave out, -1 for none.

    Returns:
        Tuple of the same two.
    """
    is_own = rows == own[:, None]
    return tf.where(is_own, -float("inf"), scores), tf.where(is_own, -1, rows)


def best_of(scores, rows, k):
    """The best of each list, in order.

    Args:
        scores: float32 `[b, m]`.
        rows: int32 `[b, m]`.
        k: int32 scalar.

    Returns:
        Tuple of float32 and int32 `[b, min(k, m)]`.
    """
    scores, order = tf.math.top_k(scores, tf.minimum(k, tf.shape(scores)[1]))
    return scores, tf.gather(rows, order, batch_dims=1)
