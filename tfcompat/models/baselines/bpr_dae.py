"""BPR-DAE: two autoencoders whose codes should agree."""

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.chosen_products import chosen_products


@keras.saving.register_keras_serializable(package="tfcompat")
class BPRDAE(keras.Model):
    """Scores by the dot product of the codes of two autoencoders.

    Queries and candidates have an autoencoder each, of one hidden layer with
    tied weights, over fixed visual features; both are trained to reconstruct
    these and, by the loss that the model is compiled with, to rank.

    In training the model adds `reconstruction_weight * (the mean squared
    errors of queries and candidates) + weight_decay * (mean square of all
    weights)` to its loss.

    Args:
        feature_dim: Size of the features.
        hidden_dim: Size of the codes.
        reconstruction_weight: mu.
        weight_decay: lambda.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Dict as `make_dataset` yields it, "items" being float `[u,
            feature_dim]`.

    Returns:
        float32 `[b, c]` scores; higher goes together better.

    Raises:
        ValueError: If a size is not positive or a weight negative.

    Reference:
        Song et al. 2017, "NeuroStylist", https://doi.org/10.1145/
        3123266.3123314, with visual features alone as in GECo, section 5.4.
        Departs from the paper: features are brought to [0, 1], the range
        that sigmoids reconstruct.
    """

    def __init__(
        self,
        feature_dim,
        hidden_dim=512,
        reconstruction_weight=0.01,
        weight_decay=0.01,
        **kwargs,
    ):
        super().__init__(**kwargs)
        for name, value in (
            ("feature_dim", feature_dim),
            ("hidden_dim", hidden_dim),
        ):
            if value < 1:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        for name, value in (
            ("reconstruction_weight", reconstruction_weight),
            ("weight_decay", weight_decay),
        ):
            if value < 0:
                raise ValueError(f"`{name}` must not be negative, got {value}.")
        self.feature_dim = feature_dim
        self.hidden_dim = hidden_dim
        self.reconstruction_weight = reconstruction_weight
        self.weight_decay = weight_decay
        self.least, self.spread = (
            self.add_weight(
                name=name,
                shape=(feature_dim,),
                initializer=start,
                trainable=False,
            )
            for name, start in (("least", "zeros"), ("spread", "ones"))
        )
        self.parts = {
            part: {
                name: self.add_weight(
                    name=f"{part}_{name}", shape=shape, initializer=start
                )
                for name, shape, start in (
                    ("kernel", (feature_dim, hidden_dim), "glorot_uniform"),
                    ("bias", (hidden_dim,), "zeros"),
                    ("decoder_bias", (feature_dim,), "zeros"),
                )
            }
            for part in ("query", "candidate")
        }

    def adapt(self, features):
        """Learns the range of each feature.

        Args:
            features: float `[items, feature_dim]`.
        """
        features = np.asarray(features, "float32")
        least, largest = features.min(axis=0), features.max(axis=0)
        self.least.assign(least)
        self.spread.assign(np.where(largest > least, largest - least, 1.0))

    def call(self, inputs, training=False):
        scaled = self._scale(inputs["items"])
        asked = tf.gather(scaled, inputs["query"])
        query = self._encode("query", asked)
        candidates = self._encode("candidate", scaled)  # [u, h]
        if training:
            offered, _ = tf.unique(tf.reshape(inputs["candidates"], [-1]))
            self.add_loss(
                self.reconstruction_weight
                * (
                    self._error("query", asked, query)
                    + self._error(
                        "candidate",
                        tf.gather(scaled, offered),
                        tf.gather(candidates, offered),
                    )
                )
                + self.weight_decay * self._mean_square()
            )
        return chosen_products(query, candidates, inputs["candidates"])

    def embed_query(self, inputs):
        """float32 `[b, hidden_dim]`."""
        asked = tf.gather(inputs["items"], inputs["query"])
        return self._encode("query", self._scale(asked))

    def embed_candidate(self, inputs):
        """float32 `[u, hidden_dim]`, of all items of the batch."""
        return self._encode("candidate", self._scale(inputs["items"]))

    def match(self, queries, candidates):
        """float32 `[b, n]` scores."""
        return tf.matmul(queries, candidates, transpose_b=True)

    def _scale(self, features):
        return (tf.cast(features, tf.float32) - self.least) / self.spread

    def _encode(self, part, features):
        weights = self.parts[part]
        return tf.sigmoid(features @ weights["kernel"] + weights["bias"])

    def _error(self, part, features, codes):
        weights = self.parts[part]
        decoded = tf.sigmoid(
            tf.matmul(codes, weights["kernel"], transpose_b=True)
            + weights["decoder_bias"]
        )
        return tf.reduce_mean(tf.square(decoded - features))

    def _mean_square(self):
        squares = [
            tf.reduce_sum(tf.square(weight))
            for weight in self.trainable_variables
        ]
        count = sum(w.shape.num_elements() for w in self.trainable_variables)
        return tf.add_n(squares) / count

    def get_build_config(self):
        return {}

    def build_from_config(self, config):
        self.built = True

    def get_config(self):
        return {
            **super().get_config(),
            "feature_dim": self.feature_dim,
            "hidden_dim": self.hidden_dim,
            "reconstruction_weight": self.reconstruction_weight,
            "weight_decay": self.weight_decay,
        }
