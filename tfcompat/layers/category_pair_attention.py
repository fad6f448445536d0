"""Subspace weights from the categories of the two items."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class CategoryPairAttention(keras.layers.Layer):
    """Predicts subspace weights from the query's and candidate's category.

    Args:
        num_subspaces: Number of weights, k.
        num_categories: Number of item categories.
        hidden_units: Width of the hidden layer. CSA-Net gives none; 256 is
            that of its successor ADDE-O.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        context: Dict with int "query_category" `[batch]` and
            "candidate_category" `[batch, candidates]`.

    Returns:
        float `[batch, candidates, k]`; each row sums to 1.

    Raises:
        ValueError: If an argument is not positive.

    Reference:
        CSA-Net (Lin, Tran, Davis 2020, https://arxiv.org/abs/1912.08967).
    """

    def __init__(
        self, num_subspaces, num_categories, hidden_units=256, **kwargs
    ):
        super().__init__(**kwargs)
        for name, value in (
            ("num_subspaces", num_subspaces),
            ("num_categories", num_categories),
            ("hidden_units", hidden_units),
        ):
            if value < 1:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.num_subspaces = num_subspaces
        self.num_categories = num_categories
        self.hidden_units = hidden_units
        self.network = keras.Sequential(
            [
                keras.layers.Dense(hidden_units, activation="relu"),
                keras.layers.Dense(num_subspaces, activation="softmax"),
            ],
            name="network",
        )

    def call(self, context, training=False):
        candidate = context["candidate_category"]
        query = tf.broadcast_to(
            context["query_category"][:, None], tf.shape(candidate)
        )
        pair = tf.concat(
            [
                tf.one_hot(query, self.num_categories),
                tf.one_hot(candidate, self.num_categories),
            ],
            axis=-1,
        )  # [b, c, 2 * categories]
        return self.network(pair)

    def get_config(self):
        return {
            **super().get_config(),
            "num_subspaces": self.num_subspaces,
            "num_categories": self.num_categories,
            "hidden_units": self.hidden_units,
        }
