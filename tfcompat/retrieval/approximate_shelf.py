"""Items that are ranked together, searched by ScaNN and ranked exactly."""

import tensorflow as tf
import tensorflow_recommenders as tfrs

from tfcompat.data.errors import InputError
from tfcompat.retrieval.best_products import best_products

# Fewer items than this cannot be parted into leaves worth having.
SMALLEST = 1000
# ScaNN parts items by chance: of few leaves, a tenth misses whole clumps.
_FEWEST_LEAVES = 16


class ApproximateShelf(tf.Module):
    """Finds items of large dot product without looking at all of them.

    ScaNN sorts the items into leaves, looks into the likeliest and reads
    their dot products off compressed copies. What it proposes is ranked by
    the true dot products here; an item that it does not propose is missed.
    Where more is asked for than it proposes well, or its leaves hold less
    than is asked for, all items are looked at.

    Args:
        embeddings: float32 `[items, q]`.
        shortlist: Number of items that ScaNN proposes, if there are as many.
            The default finds 99% of the ten best among a million items of a
            trained model (docs/serving.md); 200 finds 63%.
        leaves_searched: Share of the leaves looked into; None for a tenth,
            but 16 leaves at least.

    Attributes:
        size: Number of items.
        dim: Size of an embedding, q.

    Raises:
        InputError: If scann is not installed.
        ValueError: If there are fewer than `SMALLEST` items, or an argument
            is out of range.

    Reference:
        Guo et al. 2020, https://arxiv.org/abs/1908.10396.
    """

    def __init__(self, embeddings, shortlist=2000, leaves_searched=None):
        super().__init__(name="approximate_shelf")
        self.size, self.dim = embeddings.shape
        if self.size < SMALLEST:
            raise ValueError(
                f"`embeddings` must be of at least {SMALLEST} items, got "
                f"{self.size}."
            )
        if leaves_searched is not None and not 0 < leaves_searched <= 1:
            raise ValueError(
                f"`leaves_searched` must be in (0, 1], got {leaves_searched}."
            )
        if shortlist < 1:
            raise ValueError(f"`shortlist` must be positive, got {shortlist}.")
        self.shortlist = min(shortlist, self.size)
        leaves = round(self.size**0.5)
        if leaves_searched is None:
            searched = max(round(0.1 * leaves), _FEWEST_LEAVES)
        else:
            searched = max(round(leaves_searched * leaves), 1)
        try:
            self._layer = tfrs.layers.factorized_top_k.ScaNN(
                k=self.shortlist,
                num_leaves=leaves,
                num_leaves_to_search=searched,
            )
        except ImportError as error:
            raise InputError(
                "A ScaNN index needs scann: pip install scann"
            ) from error
        embeddings = tf.constant(embeddings, tf.float32)
        self._layer.index(embeddings)
        # In rows, for what is proposed is gathered from all over the shelf.
        self._embeddings = tf.Variable(
            embeddings, trainable=False, name="embeddings"
        )

    def search(self, queries, k):
        """As `ExactShelf.search`, but may miss some of the best.

        Args:
            queries: float32 `[n, q]`.
            k: int32 scalar, at most `size`.

        Returns:
            Tuple of float32 `[n, k]` dot products, largest first, and int32
            `[n, k]` places.
        """
        # ScaNN answers no queries with a matrix of no columns.
        few = (2 * k <= self.shortlist) & (tf.shape(queries)[0] > 0)
        return tf.cond(
            few,
            lambda: self._search_shortlist(queries, k),
            lambda: self._search_all(queries, k),
        )

    def _search_shortlist(self, queries, k):
        estimates, places = self._layer(queries, k=self.shortlist)
        # Where its leaves hold too little, ScaNN returns fewer, or fills up
        # with NaN.
        is_found = ~tf.math.is_nan(estimates)
        fewest = tf.reduce_min(tf.math.count_nonzero(is_found, axis=1))

        def rank():
            found = self.embeddings_of(places)  # [n, s, q]
            products = tf.einsum("nq,nsq->ns", queries, found)
            products = tf.where(is_found, products, -float("inf"))
            best, order = tf.math.top_k(products, k)
            return best, tf.gather(
                tf.cast(places, tf.int32), order, batch_dims=1
            )

        return tf.cond(
            fewest >= tf.cast(k, tf.int64),
            rank,
            lambda: self._search_all(queries, k),
        )

    def _search_all(self, queries, k):
        products = tf.matmul(self._embeddings, tf.transpose(queries))
        return best_products(tf.transpose(products), k, self.size)

    def embeddings_of(self, places):
        """As `ExactShelf.embeddings_of`."""
        return tf.gather(self._embeddings, places)

    def floats_per_query(self, k):
        """How many numbers a search lays out for each query."""
        return tf.where(
            2 * k <= self.shortlist,
            self.shortlist * self.dim,
            tf.maximum(2 * self.size, k * self.dim),
        )
