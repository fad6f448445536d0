"""The customer half of stage 1's networks."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.maskable_embedding import MaskableEmbedding


@keras.saving.register_keras_serializable(package="tfcompat")
class CustomerTower(keras.layers.Layer):
    """Embeds a customer from id, survey and past votes.

    Args:
        num_customers: Number of known customers.
        embedding_dim: Size of the embedding, e.
        hidden_units: Width of the hidden layer.
        id_mask_rate: Share of customers taken for unknown in training.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        inputs: Dict of "customer", int `[b]` rows, -1 = unknown; "survey",
            float `[b, s]`; "history", float `[b, h]` of `VoteHistory`.

    Returns:
        float32 `[b, e]`.

    Raises:
        ValueError: If an argument is out of its range.

    Reference:
        PSA-Net, section III-A.2 and Fig. 3b.
    """

    def __init__(
        self,
        num_customers,
        embedding_dim=32,
        hidden_units=64,
        id_mask_rate=0.3,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if hidden_units < 1:
            raise ValueError(
                f"`hidden_units` must be positive, got {hidden_units}."
            )
        self.num_customers = num_customers
        self.embedding_dim = embedding_dim
        self.hidden_units = hidden_units
        self.id_mask_rate = id_mask_rate
        self.id_embedding = MaskableEmbedding(
            num_customers, embedding_dim, id_mask_rate, name="id_embedding"
        )
        self.hidden = keras.layers.Dense(
            hidden_units, activation="relu", name="hidden"
        )
        self.output_layer = keras.layers.Dense(
            embedding_dim, dtype="float32", name="output"
        )

    def build(self, inputs_shape):
        self.id_embedding.build(inputs_shape["customer"])
        width = inputs_shape["survey"][-1] + inputs_shape["history"][-1]
        self.hidden.build((None, self.embedding_dim + width))
        self.output_layer.build((None, self.hidden_units))
        super().build(inputs_shape)

    def call(self, inputs, training=False):
        features = tf.concat(
            [
                tf.cast(part, self.compute_dtype)
                for part in (
                    self.id_embedding(inputs["customer"], training=training),
                    inputs["survey"],
                    inputs["history"],
                )
            ],
            axis=-1,
        )
        return self.output_layer(self.hidden(features))

    def get_config(self):
        return {
            **super().get_config(),
            "num_customers": self.num_customers,
            "embedding_dim": self.embedding_dim,
            "hidden_units": self.hidden_units,
            "id_mask_rate": self.id_mask_rate,
        }
