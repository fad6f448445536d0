"""A customer's past votes as one vector."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class VoteHistory(keras.layers.Layer):
    """Sums what a customer liked less what she disliked.

    The sum of vote times item embedding, over the number of votes n, times
    n / (n + `prior_votes`): few votes say little, and none is zero.

    In training a random part of each history is read, from nothing to all of
    it. One reason: customers of short history are met too. The other: leaving
    out just the vote to be predicted tells it (with the whole history known
    by the customer's id, what is missing is the answer); leaving out many at
    random does not.

    Args:
        prior_votes: Number of votes at which a history counts by half.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        embeddings: float `[u, e]` embeddings of the items voted on.
        positions: int `[b, h]` of each vote's item in `embeddings`.
        votes: float `[b, h]`; 1, -1, or 0 = no vote.

    Returns:
        float32 `[b, e]`.

    Raises:
        ValueError: If `prior_votes` is negative.
    """

    def __init__(self, prior_votes=5.0, **kwargs):
        super().__init__(**kwargs)
        if prior_votes < 0:
            raise ValueError(
                f"`prior_votes` must not be negative, got {prior_votes}."
            )
        self.prior_votes = prior_votes

    def call(self, embeddings, positions, votes, training=False):
        votes = tf.cast(votes, tf.float32)
        if training:
            kept_share = tf.random.uniform([tf.shape(votes)[0], 1])
            kept = tf.random.uniform(tf.shape(votes)) < kept_share
            votes = tf.where(kept, votes, 0.0)
        # Sparse, so that [b, h, e] is never laid out.
        cells = tf.where(votes != 0.0)  # [v, 2]
        columns = tf.cast(tf.gather_nd(positions, cells), tf.int64)
        weights = tf.SparseTensor(
            tf.stack([cells[:, 0], columns], axis=1),
            tf.gather_nd(votes, cells),
            tf.cast([tf.shape(votes)[0], tf.shape(embeddings)[0]], tf.int64),
        )
        sums = tf.sparse.sparse_dense_matmul(
            weights, tf.cast(embeddings, tf.float32)
        )  # [b, e]
        counts = tf.math.count_nonzero(
            votes, axis=1, keepdims=True, dtype=tf.float32
        )
        return sums / tf.maximum(counts + self.prior_votes, 1.0)

    def get_config(self):
        return {**super().get_config(), "prior_votes": self.prior_votes}
