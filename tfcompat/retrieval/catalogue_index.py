"""The catalogue's best items for a query, of the shelf asked for alone."""

import numpy as np
import tensorflow as tf

from tfcompat.retrieval.approximate_shelf import ApproximateShelf
from tfcompat.retrieval.exact_shelf import ExactShelf
from tfcompat.retrieval.row_blocks import map_in_blocks

KINDS = ("exact", "scann")
_FLOATS = 2**24  # Numbers laid out at once; 64 MB.
# On a smaller shelf ScaNN is no faster and misses more, see docs/serving.md.
_SMALLEST_FOR_SCANN = 50_000


class CatalogueIndex(tf.Module):
    """Finds the items of largest dot product on the shelf that a query names.

    A shelf holds what is ranked together, a group of items for example. Each
    is searched by itself, so that what is asked for is never crowded out by
    what is not, however many items are asked for; and one batch may ask for
    several shelves.

    Args:
        embeddings: float32 `[items, q]`.
        shelves: int `[items]`, the shelf of each item.
        num_shelves: Number of shelves; some may be empty.
        kind: "exact" or "scann". A shelf of less than 50,000 items, where
            ScaNN is no faster and misses more, is exact in any case.
        floats: Numbers laid out at once; a batch is worked off in blocks.

    Attributes:
        dim: Size of an embedding, q.
        kind: "scann" if any shelf is searched by ScaNN, else "exact".

    Raises:
        InputError: If `kind` is "scann" and scann is not installed.
        ValueError: If an argument is out of range or does not fit another.
    """

    def __init__(
        self, embeddings, shelves, num_shelves, kind="exact", floats=_FLOATS
    ):
        super().__init__(name="catalogue_index")
        embeddings = np.asarray(embeddings, "float32")
        shelves = np.asarray(shelves, "int32")
        if kind not in KINDS:
            raise ValueError(
                f"`kind` must be one of {', '.join(KINDS)}, got {kind!r}."
            )
        if embeddings.ndim != 2 or shelves.shape != embeddings.shape[:1]:
            raise ValueError(
                "`embeddings` must be [items, q] and `shelves` [items], got "
                f"{embeddings.shape} and {shelves.shape}."
            )
        if len(shelves) and not 0 <= shelves.min() <= shelves.max():
            raise ValueError(f"`shelves` must not be negative, got {shelves}.")
        if len(shelves) and shelves.max() >= num_shelves:
            raise ValueError(
                f"`num_shelves` must exceed {shelves.max()}, got {num_shelves}."
            )
        self.floats = floats
        self.dim = embeddings.shape[1]
        self.shelves, self.rows = [], []
        for shelf in range(num_shelves):
            rows = np.flatnonzero(shelves == shelf).astype("int32")
            self.shelves.append(_make_shelf(embeddings[rows], kind))
            self.rows.append(tf.Variable(rows, trainable=False, name="rows"))
        is_approximate = [
            isinstance(shelf, ApproximateShelf) for shelf in self.shelves
        ]
        self.kind = "scann" if any(is_approximate) else "exact"
        self.sizes = np.bincount(shelves, minlength=num_shelves)

    def largest(self, shelves):
        """Size of the largest of some shelves; 0 of none.

        Args:
            shelves: int32 `[b]`; -1 is no shelf.

        Returns:
            int32 scalar.
        """
        sizes = tf.constant([*self.sizes, 0], tf.int32)  # The last for none.
        sizes = tf.gather(sizes, shelves % sizes.shape[0])
        return tf.reduce_max(tf.concat([sizes, [0]], axis=0))

    def search(self, queries, shelves, k, score=None):
        """The best items of each query's shelf.

        Args:
            queries: float32 `[b, q]`.
            shelves: int32 `[b]`, the shelf to search; -1 searches none.
            k: int32 scalar, at least 0; may exceed the shelf's size.
            score: Optional function from int32 `[n]` places in the batch, int
                the shelf that they name, and float32 `[n, m, q]` embeddings of
                items found there, to their float32 `[n, m]` scores, which take
                the place of the dot products.

        Returns:
            Tuple of float32 `[b, m]` scores, largest first, and int32 `[b, m]`
            rows of the items, m being the lesser of `k` and the size of the
            largest shelf asked for. A smaller shelf's row ends in -inf and -1.
        """
        shelves = tf.cast(shelves, tf.int32)
        width = tf.minimum(k, self.largest(shelves))
        shape = tf.stack([tf.shape(queries)[0], width])
        scores, rows = tf.fill(shape, -float("inf")), tf.fill(shape, -1)
        for shelf, items in enumerate(self.shelves):
            if items is None:
                continue
            asking = tf.where(shelves == shelf)[:, 0]
            found, places = tf.cond(
                tf.size(asking) > 0,
                lambda s=shelf, a=asking: self._search_shelf(
                    s, queries, tf.cast(a, tf.int32), width, score
                ),
                lambda: (tf.zeros([0, width]), tf.zeros([0, width], tf.int32)),
            )
            at = asking[:, None]
            scores = tf.tensor_scatter_nd_update(scores, at, found)
            rows = tf.tensor_scatter_nd_update(rows, at, places)
        return scores, rows

    def _search_shelf(self, shelf, queries, asking, width, score):
        """Scores and rows, `[n, width]` each, for the places in `asking`."""
        items = self.shelves[shelf]
        k = tf.minimum(width, items.size)

        def search_block(asking):
            found, places = items.search(tf.gather(queries, asking), k)
            if score is not None:
                embeddings = items.embeddings_of(places)  # [n, k, q]
                found = score(asking, shelf, embeddings)
                found, order = tf.math.top_k(found, k)
                places = tf.gather(places, order, batch_dims=1)
            return found, tf.gather(self.rows[shelf], places)

        found, rows = map_in_blocks(
            search_block,
            asking,
            self.floats // items.floats_per_query(k),
            (
                tf.TensorSpec([None, None], tf.float32),
                tf.TensorSpec([None, None], tf.int32),
            ),
        )  # [n, k] each
        missing = [[0, 0], [0, width - k]]
        return (
            tf.pad(found, missing, constant_values=-float("inf")),
            tf.pad(rows, missing, constant_values=-1),
        )


def _make_shelf(embeddings, kind):
    if not len(embeddings):
        return None
    if kind == "scann" and len(embeddings) >= _SMALLEST_FOR_SCANN:
        return ApproximateShelf(embeddings)
    return ExactShelf(embeddings)
