"""Two-tower retrieval: which items of the catalogue a customer may like."""

import tensorflow as tf
import tensorflow_recommenders as tfrs
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class TwoTower(tfrs.Model):
    """Finds candidates: a customer's and an item's embedding, one dot product.

    Trained to tell a liked item from the other items of the batch. Those that
    the customer is known to like too are no negatives.

    Args:
        towers: `CustomerItemTowers`, of the same kind as StyNet's.
        temperature: Divides the cosine of the two embeddings.
        **kwargs: Passed to `tfrs.Model`.

    Call arguments:
        inputs: Dict of "customer" and "item", int `[b]` rows, -1 = unknown;
            for the unknown their features, as `CustomerItemTowers` says.

    Returns:
        float32 `[b]` scores; higher = liked more.

    Raises:
        ValueError: If `temperature` is not positive.

    Reference:
        Yi et al. 2019, https://doi.org/10.1145/3298689.3346996 (the loss).
    """

    def __init__(self, towers, temperature=0.1, **kwargs):
        super().__init__(**kwargs)
        if temperature <= 0:
            raise ValueError(
                f"`temperature` must be positive, got {temperature}."
            )
        self.towers = towers
        self.temperature = temperature
        self.task = tfrs.tasks.Retrieval(
            # Averaged in `compute_loss`, where the number of replicas counts.
            loss=keras.losses.CategoricalCrossentropy(
                from_logits=True, reduction="none"
            ),
            temperature=temperature,
        )
        if not towers.built:  # All sizes are known: a loaded model is whole.
            towers.build(None)

    def embed_customer(self, inputs, training=False):
        """Embeds customers by all they have voted; unit length, `[b, e]`."""
        return tf.math.l2_normalize(
            self.towers.embed_customer(inputs, training=training), axis=-1
        )

    def embed_item(self, inputs, training=False):
        """Embeds items; unit length, `[n, e]`."""
        return tf.math.l2_normalize(
            self.towers.embed_item(inputs, training=training), axis=-1
        )

    def _embed(self, inputs, training):
        pair = self.towers(inputs, training=training)
        return [tf.math.l2_normalize(part, axis=-1) for part in pair]

    def call(self, inputs, training=False):
        customer, item = self._embed(inputs, training)
        return tf.reduce_sum(customer * item, axis=-1)

    def _is_negative(self, inputs):
        """Bool `[b, b]`: may column's item serve row's customer as negative?"""
        items, votes = self.towers.past_votes(inputs)  # [b, h]
        asked, columns = tf.unique(inputs["item"])  # [u], [b]
        # Past votes are looked up among the items asked about, not compared
        # with each of them: b h log b steps instead of b^2 h.
        order = tf.argsort(asked)
        places = tf.searchsorted(
            tf.gather(asked, order), tf.reshape(items, [-1])
        )
        places = tf.gather(order, tf.minimum(places, tf.size(asked) - 1))
        places = tf.reshape(places, tf.shape(items))  # [b, h]
        is_liked = (tf.gather(asked, places) == items) & (votes > 0)
        rows = tf.where(is_liked)[:, 0]
        liked = tf.scatter_nd(
            tf.stack(
                [tf.cast(rows, tf.int32), tf.boolean_mask(places, is_liked)], 1
            ),
            tf.ones_like(rows),
            [tf.shape(items)[0], tf.size(asked)],
        )  # [b, u]
        is_liked = tf.gather(liked, columns, axis=1) > 0  # [b, b]
        return ~is_liked & (inputs["item"][:, None] != inputs["item"])

    def compute_loss(self, inputs, training=False):
        """Softmax cross-entropy of the liked items; called by `fit`.

        Args:
            inputs: Tuple of `call`'s inputs and float `[b]` ratings. An item
                with rating 0 is a negative for the others only.
            training: Whether this is a training step; if not, the metrics
                over the whole catalogue are updated.

        Returns:
            Scalar float32.
        """
        inputs, ratings = inputs
        customer, item = self._embed(inputs, training)
        diagonal = tf.eye(tf.shape(ratings)[0], dtype=tf.bool)
        losses = self.task(
            customer,
            item,
            sample_weight=ratings,
            candidate_ids=inputs["item"],
            score_mask=diagonal | self._is_negative(inputs),
            compute_metrics=not training,
        )
        return tf.nn.compute_average_loss(losses)

    def track_top_k(self, ks=(10, 50, 100), batch_size=1024):
        """Makes `evaluate` say how often a liked item is among the best k.

        Among all known items, that is. Call it before `compile`.

        Args:
            ks: Lengths of the list.
            batch_size: Items embedded at a time.
        """
        items = tf.data.Dataset.range(
            self.towers.item_tower.num_items, output_type=tf.int32
        )
        candidates = items.batch(batch_size).map(
            lambda rows: (rows, self.embed_item({"item": rows}))
        )
        # TFRS silently drops a metric that does not come in a list.
        self.task.factorized_metrics = [
            tfrs.metrics.FactorizedTopK(candidates, ks=ks, name="catalogue")
        ]

    def get_config(self):
        return {
            **super().get_config(),
            "towers": keras.saving.serialize_keras_object(self.towers),
            "temperature": self.temperature,
        }

    @classmethod
    def from_config(cls, config):
        towers = keras.saving.deserialize_keras_object(config.pop("towers"))
        return cls(towers=towers, **config)
