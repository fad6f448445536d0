"""One subspace for each pair of categories: type-aware embeddings."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class CategoryPairChoice(keras.layers.Layer):
    """Picks the subspace of the pair of categories, whichever comes first.

    `CategoryPairAttention` blends a few subspaces for each pair; here every
    pair has one of its own, which is more to learn from less data each.

    Args:
        num_categories: Number of item categories, c.
        **kwargs: Passed to `keras.layers.Layer`.

    Attributes:
        num_subspaces: Number of unordered pairs, c (c + 1) / 2.

    Call arguments:
        context: Dict with int "query_category" `[batch]` and
            "candidate_category" `[batch, candidates]`.

    Returns:
        float32 `[batch, candidates, pairs]`, ones and zeros.

    Raises:
        ValueError: If `num_categories` is not positive.

    Reference:
        Vasileva et al. 2018, https://arxiv.org/abs/1803.09196.
    """

    def __init__(self, num_categories, **kwargs):
        super().__init__(**kwargs)
        if num_categories < 1:
            raise ValueError(
                f"`num_categories` must be positive, got {num_categories}."
            )
        self.num_categories = num_categories
        self.num_subspaces = num_categories * (num_categories + 1) // 2

    def call(self, context, training=False):
        candidate = context["candidate_category"]
        query = context["query_category"][:, None]
        high = tf.maximum(query, candidate)
        pair = high * (high + 1) // 2 + tf.minimum(query, candidate)
        return tf.one_hot(pair, self.num_subspaces)

    def get_config(self):
        return {**super().get_config(), "num_categories": self.num_categories}
