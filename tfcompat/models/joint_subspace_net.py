"""Our own member of the subspace family: one customer behind all votes."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.nested_parts import NestedParts
from tfcompat.layers.pair_inputs import blank_pair_inputs


@keras.saving.register_keras_serializable(package="tfcompat")
class JointSubspaceNet(NestedParts, keras.Model):
    """Scores pairs by signed notions of compatibility and single-item taste.

    Departs from PSA-Net in four ways, each measured in docs/results.md:

    - The similarity within each of the k subspaces is a dot product and its
      weight may be negative: what one customer calls a match (light on dark)
      another calls a clash. A blend of distances can only ignore a notion.
    - How well the customer likes each item by itself counts.
    - One embedding of the customer, with its uncertainty, explains votes on
      pairs and votes on single items at once, instead of two stages.
    - The loss is logistic: a score is the logit of a thumbs up.

    The score is a dot product of `embed_query` and `embed_candidate`, and the
    candidate's side knows neither customer nor query.

    Args:
        backbone: Layer from item contents to features `[items, f]`.
        hidden: `GroupProjection` from features to hidden units.
        projection: `GroupProjection` from hidden units to
            `num_subspaces * subspace_dim + taste_dim` numbers.
        customers: `VariationalCustomers`.
        attention: Dense layer from the customer's embedding to
            `num_subspaces` weights. A linear one lets them be negative.
        num_subspaces: Number of notions of compatibility, k.
        subspace_dim: Size of each subspace, e.
        taste_dim: Size of an item as seen by taste, r.
        pair_share: 1 / number of pair votes: brings the customers' divergence
            onto the scale of a loss averaged over votes.
        vote_weight: Weight of the mean loss of the item votes.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Dict as `SubspaceNet` takes it. In training also item votes,
            "vote_customer" int `[votes]`, "vote_item" int `[votes]`,
            positions in "items", and "vote_liked" float `[votes]`, 1 or 0.

    Returns:
        float `[batch, candidates]` scores: logits.

    Raises:
        ValueError: If a size is not positive.
    """

    part_names = (
        "backbone",
        "hidden",
        "projection",
        "customers",
        "attention",
    )

    def __init__(
        self,
        backbone,
        hidden,
        projection,
        customers,
        attention,
        num_subspaces=8,
        subspace_dim=4,
        taste_dim=16,
        pair_share=1e-5,
        vote_weight=1.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        for name, value in (
            ("num_subspaces", num_subspaces),
            ("subspace_dim", subspace_dim),
            ("taste_dim", taste_dim),
        ):
            if value < 1:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.backbone = backbone
        self.hidden = hidden
        self.projection = projection
        self.customers = customers
        self.num_subspaces = num_subspaces
        self.subspace_dim = subspace_dim
        self.taste_dim = taste_dim
        self.pair_share = pair_share
        self.vote_weight = vote_weight
        self.attention = attention
        self.taste = keras.layers.Dense(
            taste_dim,
            kernel_initializer=keras.initializers.RandomNormal(
                stddev=customers.dim**-0.5
            ),
            name="taste",
        )
        self.leaning = keras.layers.Dense(1, name="leaning")
        # Shares of taste and leaning in a pair's score, and the score of an
        # average pair.
        self.taste_scale = self.add_weight(
            name="taste_scale",
            shape=(),
            initializer=keras.initializers.Constant(0.5),
        )
        self.leaning_scale = self.add_weight(
            name="leaning_scale",
            shape=(),
            initializer=keras.initializers.Constant(0.3),
        )
        self.offset = self.add_weight(
            name="offset", shape=(), initializer="zeros"
        )

    def embed_items(self, inputs, training=False):
        """Returns each item's subspace parts `[items, k, e]` and its looks to
        taste `[items, r]`."""
        if "features" in inputs:
            features = inputs["features"]
        else:
            features = self.backbone(inputs["items"], training=training)
        groups = inputs["groups"]
        hidden = tf.nn.relu(self.hidden(features, groups))
        items = self.projection(hidden, groups)
        split = self.num_subspaces * self.subspace_dim
        parts = tf.reshape(
            items[:, :split], (-1, self.num_subspaces, self.subspace_dim)
        )
        return parts, items[:, split:]

    def call(self, inputs, training=False):
        parts, looks = self.embed_items(inputs, training)
        customer = self.customers(inputs["customer"], training=training)
        query = self._weigh(parts, inputs["query"], customer)  # [b, k, e]
        taste = self.taste(customer)  # [b, r]
        scores = tf.einsum(
            "bke,bcke->bc", query, tf.gather(parts, inputs["candidates"])
        )
        pair_looks = tf.gather(looks, inputs["query"])[:, None] + tf.gather(
            looks, inputs["candidates"]
        )
        scores += self.taste_scale * tf.einsum("br,bcr->bc", taste, pair_looks)
        scores += self.leaning_scale * self.leaning(customer) + self.offset
        if training:
            self._learn_from_item_votes(inputs, looks)
        return scores

    def _weigh(self, parts, query, customer):
        weights = self.attention(customer)  # [b, k]
        return weights[:, :, None] * tf.gather(parts, query)

    def _learn_from_item_votes(self, inputs, looks):
        customer = self.customers(inputs["vote_customer"], training=True)
        logits = tf.reduce_sum(
            self.taste(customer) * tf.gather(looks, inputs["vote_item"]),
            axis=-1,
        )
        logits += self.leaning(customer)[:, 0]
        losses = tf.nn.sigmoid_cross_entropy_with_logits(
            inputs["vote_liked"], logits
        )
        self.add_loss(self.vote_weight * tf.reduce_mean(losses))
        self.add_loss(
            self.customers.kl_weight
            * self.pair_share
            * self.customers.divergence()
        )

    def subspace_weights(self, inputs):
        """How much each subspace counts in each question, `[batch, k]`."""
        return self.attention(self.customers(inputs["customer"])).numpy()

    def embed_query(self, inputs, training=False):
        """Embeds queries, `[batch, k e + r]`, for the customers who ask."""
        parts, _ = self.embed_items(inputs, training)
        customer = self.customers(inputs["customer"], training=training)
        query = self._weigh(parts, inputs["query"], customer)
        size = self.num_subspaces * self.subspace_dim
        return tf.concat(
            [
                tf.reshape(query, (-1, size)),
                self.taste_scale * self.taste(customer),
            ],
            axis=-1,
        )

    def embed_candidate(self, inputs, training=False):
        """Embeds all "items" as candidates, `[items, k e + r]`."""
        parts, looks = self.embed_items(inputs, training)
        size = self.num_subspaces * self.subspace_dim
        return tf.concat([tf.reshape(parts, (-1, size)), looks], axis=-1)

    def scores_of_products(self, products, inputs):
        """Turns dot products of the embeddings into the scores of `call`.

        Args:
            products: float `[batch, candidates]`, `embed_query` times
                `embed_candidate`.
            inputs: What `embed_query` took.

        Returns:
            float `[batch, candidates]`.
        """
        _, looks = self.embed_items(inputs)
        customer = self.customers(inputs["customer"])
        liking = tf.reduce_sum(
            self.taste(customer) * tf.gather(looks, inputs["query"]),
            axis=-1,
            keepdims=True,
        )
        leaning = self.leaning_scale * self.leaning(customer)
        return products + self.taste_scale * liking + leaning + self.offset

    def score_candidates(self, inputs, candidates):
        """Scores items that are known by their embeddings in an index.

        Args:
            inputs: As `embed_query` takes them.
            candidates: float `[batch, candidates, k e + r]` from
                `embed_candidate`.

        Returns:
            float `[batch, candidates]`, as `call` scores the same items.
        """
        products = tf.einsum("bq,bcq->bc", self.embed_query(inputs), candidates)
        return self.scores_of_products(products, inputs)

    def get_build_config(self):
        return {"item_shape": list(self._build_input_shape["items"][1:])}

    def build_from_config(self, config):
        self(blank_pair_inputs(config["item_shape"]))

    def get_config(self):
        return {
            **super().get_config(),
            "num_subspaces": self.num_subspaces,
            "subspace_dim": self.subspace_dim,
            "taste_dim": self.taste_dim,
            "pair_share": self.pair_share,
            "vote_weight": self.vote_weight,
        }
