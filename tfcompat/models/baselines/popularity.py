"""How often a candidate is chosen, whatever it should go with."""

import numpy as np
import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class Popularity(keras.Model):
    """Scores a candidate by the number of queries that it is known to suit.

    What training has never seen has a score of 0: where the items of a test
    are new, as in GECo's data, all of them tie.

    Args:
        num_items: Number of known items.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Dict as `make_dataset` yields it; "item_rows", "query" and
            "candidates" are read.

    Returns:
        float32 `[b, c]`.

    Raises:
        ValueError: If `num_items` is not positive.

    Reference:
        GECo, section 5.4, after Song et al. 2017 (BPR-DAE).
    """

    def __init__(self, num_items, **kwargs):
        super().__init__(**kwargs)
        if num_items < 1:
            raise ValueError(f"`num_items` must be positive, got {num_items}.")
        self.num_items = num_items
        self.counts = self.add_weight(
            name="counts",
            shape=(num_items,),
            initializer="zeros",
            trainable=False,
        )

    def learn(self, queries, candidates):
        """Counts the different queries of each candidate.

        Args:
            queries: int `[n]` item rows.
            candidates: int `[n]` item rows, what goes with them.
        """
        pairs = np.unique(np.stack([queries, candidates], axis=1), axis=0)
        self.counts.assign(
            np.bincount(pairs[:, 1], minlength=self.num_items).astype("float32")
        )

    def call(self, inputs, training=False):
        return tf.gather(self.embed_candidate(inputs), inputs["candidates"])

    def embed_query(self, inputs):
        """float32 `[b]` of zeros: the query does not matter."""
        return tf.zeros(tf.shape(inputs["query"]))

    def embed_candidate(self, inputs):
        """float32 `[u]`, how popular the batch's items are."""
        rows = inputs["item_rows"]
        known = (rows >= 0) & (rows < self.num_items)
        counts = tf.gather(self.counts, tf.where(known, rows, 0))
        return tf.where(known, counts, 0.0)

    def match(self, queries, candidates):
        """float32 `[b, n]` scores."""
        return queries[:, None] + candidates[None]

    def get_build_config(self):
        return {}

    def build_from_config(self, config):
        self.built = True

    def get_config(self):
        return {**super().get_config(), "num_items": self.num_items}
