"""Subspace weights from what is known of the customer."""

import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class CustomerAttention(keras.layers.Layer):
    """Predicts how much each notion of compatibility counts for a customer.

    Args:
        num_subspaces: Number of weights, k.
        hidden_units: Width of the sub-network's hidden layer. The paper gives
            none.
        dropout: Share of hidden units dropped in training.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        context: Dict with "customer", float `[batch, e]` customer embeddings.

    Returns:
        float `[batch, 1, k]`; each row sums to 1.

    Raises:
        ValueError: If `num_subspaces` or `hidden_units` is not positive.

    Reference:
        PSA-Net, section III-B and Fig. 2.
    """

    def __init__(self, num_subspaces, hidden_units=64, dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        if num_subspaces < 1:
            raise ValueError(
                f"`num_subspaces` must be positive, got {num_subspaces}."
            )
        if hidden_units < 1:
            raise ValueError(
                f"`hidden_units` must be positive, got {hidden_units}."
            )
        self.num_subspaces = num_subspaces
        self.hidden_units = hidden_units
        self.dropout = dropout
        self.network = keras.Sequential(
            [
                keras.layers.Dense(hidden_units, activation="relu"),
                keras.layers.Dropout(dropout),
                keras.layers.Dense(num_subspaces, activation="softmax"),
            ],
            name="network",
        )

    def call(self, context, training=False):
        weights = self.network(context["customer"], training=training)
        return weights[:, None, :]

    def get_config(self):
        return {
            **super().get_config(),
            "num_subspaces": self.num_subspaces,
            "hidden_units": self.hidden_units,
            "dropout": self.dropout,
        }
