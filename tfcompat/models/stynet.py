"""StyNet: what a customer thinks of an item."""

import tensorflow as tf
import tensorflow_recommenders as tfrs
import tf_keras as keras

from tfcompat.layers.row_embeddings import embed_rows


@keras.saving.register_keras_serializable(package="tfcompat")
class StyNet(tfrs.Model):
    """Predicts a customer's vote on an item, also where either is new.

    A customer tower (id, survey, past votes) and an item tower (id, category,
    brand, attributes such as colour, looks) embed the two; the embeddings,
    side by side, pass through dense layers and a sigmoid. The loss is the mean
    squared error of the rating, end to end. PSA-Net takes its customers from
    here, or from Partial Dual.

    Departs from the paper: a hidden layer stands between the concatenation
    and the sigmoid, because the sigmoid of a weighted sum of both would rank
    the items alike for every customer.

    Args:
        towers: `CustomerItemTowers`.
        hidden_units: Width of the layer after the concatenation.
        **kwargs: Passed to `tfrs.Model`.

    Call arguments:
        inputs: Dict of "customer" and "item", int `[b]` rows, -1 = unknown;
            for the unknown their features, as `CustomerItemTowers` says.

    Returns:
        float32 `[b]` ratings in [0, 1]; 1 = liked.

    Raises:
        ValueError: If `hidden_units` is not positive.

    Reference:
        PSA-Net, section III-A.2 and Fig. 3b.
    """

    def __init__(self, towers, hidden_units=64, **kwargs):
        super().__init__(**kwargs)
        if hidden_units < 1:
            raise ValueError(
                f"`hidden_units` must be positive, got {hidden_units}."
            )
        self.towers = towers
        self.hidden_units = hidden_units
        self.hidden = keras.layers.Dense(hidden_units, activation="relu")
        self.rating = keras.layers.Dense(
            1, activation="sigmoid", dtype="float32"
        )
        self.task = tfrs.tasks.Ranking(
            # Averaged in `compute_loss`, where the number of replicas counts.
            loss=keras.losses.MeanSquaredError(reduction="none"),
            metrics=[
                keras.metrics.RootMeanSquaredError(name="rmse"),
                keras.metrics.AUC(name="roc_auc"),
            ],
        )
        # All sizes are known, so that a loaded model is whole at once.
        if not towers.built:
            towers.build(None)
        self.hidden.build((None, 2 * towers.item_tower.embedding_dim))
        self.rating.build((None, hidden_units))

    def embed_customer(self, inputs, training=False):
        """Embeds customers by all they have voted; `[b, e]`."""
        return self.towers.embed_customer(inputs, training=training)

    def embed_item(self, inputs, training=False):
        """Embeds items; `[n, e]`."""
        return self.towers.embed_item(inputs, training=training)

    def call(self, inputs, training=False):
        return self.rate(*self.towers(inputs, training=training))

    def rate(self, customer, item):
        """Rates items by embeddings, `[b, e]` each; float32 `[b]`."""
        both = tf.concat([customer, item], axis=-1)  # [b, 2e]
        return self.rating(self.hidden(both))[:, 0]

    def compute_loss(self, inputs, training=False):
        """Mean squared error of the ratings; called by `fit`.

        Args:
            inputs: Tuple of `call`'s inputs and float `[b]` ratings.
            training: Whether this is a training step.

        Returns:
            Scalar float32.
        """
        inputs, ratings = inputs
        predictions = self(inputs, training=training)
        losses = self.task(ratings[:, None], predictions[:, None])
        return tf.nn.compute_average_loss(losses)

    def customer_embeddings(self, batch_size=1024):
        """Embeddings of all known customers, for PSA-Net.

        Args:
            batch_size: Customers at a time.

        Returns:
            float32 `[customers, e]`.
        """
        customers = self.towers.customer_tower.num_customers
        return embed_rows(
            self.embed_customer, "customer", customers, batch_size
        )

    def get_config(self):
        return {
            **super().get_config(),
            "towers": keras.saving.serialize_keras_object(self.towers),
            "hidden_units": self.hidden_units,
        }

    @classmethod
    def from_config(cls, config):
        towers = keras.saving.deserialize_keras_object(config.pop("towers"))
        return cls(towers=towers, **config)
