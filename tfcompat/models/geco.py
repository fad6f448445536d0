"""GECo: retrieval by an item and the template imagined to go with it."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.chosen_products import chosen_products
from tfcompat.losses.weight_norm import squared_weight_norm

QUERY_PARTS = ("item", "template", "design", "customer", "text")
_IMAGES = ("template", "design")


@keras.saving.register_keras_serializable(package="tfcompat")
class GECo(keras.Model):
    """Scores candidates by a query composed of an item and a template.

    One backbone sees query items, templates and candidates. What the query
    consists of is concatenated and projected, `W [top; template]`; a candidate
    has a projection of its own; the score is the dot product of the two.

    All images of a batch go through the backbone together, so that its batch
    norm sees in training the mixture that its running statistics describe
    later. In training the model adds `regularization * (|theta| + |Q| / b +
    |C| / u)` to its loss: theta are all weights, Q and C the embeddings.

    Args:
        backbone: Layer from images `[n, s, s, 3]` to features `[n, f]`.
        query_parts: What a query is composed of, some of "item" (the query
            itself), "template" (of CIGM), "design" (of another generator),
            "customer" and "text". Only `("item", "template")` is the paper's;
            with "text" the candidates' text is used, too.
        embedding_dim: Size of the space of queries and candidates.
        pixels: Layer from [0, 1] to what the backbone takes, such as
            `ImageNetPixels`; None for a backbone that takes [0, 1].
        customers: Layer from customer rows to vectors, as `CustomerTable`;
            needed with "customer".
        regularization: gamma.
        dropout_rate: Of the features that are projected, in training. The
            paper has none; where the backbone is frozen, its projections
            learn a few thousand pairs by heart without.
        unit_length: Whether embeddings are scaled to length 1, so that the
            score is their cosine; else it is the dot product as it is.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Dict as `make_dataset` yields it, "items" being images in
            [0, 1], with "template" and "design", float `[b, s, s, 3]` in
            [0, 1], and "text", float `[u, t]`, where the query has them.

    Returns:
        float32 `[b, c]` scores; higher goes together better.

    Raises:
        ValueError: If an argument is out of range, or `customers` is missing
            or superfluous.

    Reference:
        "Fashion image-to-image translation for complementary item retrieval"
        (GECo), section 4.3, equations 9 and 13. The paper's regularisation is
        |theta| alone; the norms of the embeddings are in its released code.
        Departs from both with `unit_length`: the paper has the dot product
        everywhere, its code ranks by that but puts cosines into InfoNCE. One
        score serves both losses and the ranking here, and the cosine, in
        whose units tau is, proved the better one.
    """

    def __init__(
        self,
        backbone,
        query_parts=("item", "template"),
        embedding_dim=128,
        pixels=None,
        customers=None,
        regularization=0.01,
        dropout_rate=0.0,
        unit_length=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.query_parts = tuple(query_parts)
        unknown = set(self.query_parts) - set(QUERY_PARTS)
        if not self.query_parts or unknown:
            raise ValueError(
                f"`query_parts` must be some of {', '.join(QUERY_PARTS)}, got "
                f"{self.query_parts}."
            )
        if (customers is None) == ("customer" in self.query_parts):
            raise ValueError(
                '`customers` must be given if and only if "customer" is in '
                f"`query_parts`, got {customers} and {self.query_parts}."
            )
        if embedding_dim < 1:
            raise ValueError(
                f"`embedding_dim` must be positive, got {embedding_dim}."
            )
        if regularization < 0:
            raise ValueError(
                f"`regularization` must not be negative, got {regularization}."
            )
        if not 0 <= dropout_rate < 1:
            raise ValueError(
                f"`dropout_rate` must be in [0, 1), got {dropout_rate}."
            )
        self.backbone = backbone
        self.embedding_dim = embedding_dim
        self.pixels = pixels
        self.customers = customers
        self.regularization = regularization
        self.dropout_rate = dropout_rate
        self.unit_length = unit_length
        self.dropout = keras.layers.Dropout(dropout_rate)
        self.query_head = _head(embedding_dim, "query_head")
        self.candidate_head = _head(embedding_dim, "candidate_head")

    def call(self, inputs, training=False):
        shown = [name for name in _IMAGES if name in self.query_parts]
        images = [inputs["items"], *(inputs[name] for name in shown)]
        features = self.describe(tf.concat(images, axis=0), training)
        sizes = [tf.shape(part)[0] for part in images]
        items, *rest = tf.split(features, sizes)
        query = self.compose(inputs, items, dict(zip(shown, rest, strict=True)))
        candidates = self.project(inputs, items)  # [u, d]
        if training and self.regularization:
            self.add_loss(self._penalty(query, candidates))
        return chosen_products(query, candidates, inputs["candidates"])

    def describe(self, images, training=False):
        """float32 `[n, f]` features of images `[n, s, s, 3]` in [0, 1]."""
        if self.pixels is not None:
            images = self.pixels(images)
        features = self.backbone(images, training=training)
        return self.dropout(tf.cast(features, tf.float32), training=training)

    def compose(self, inputs, items, shown):
        """Queries from what was seen of their parts.

        Args:
            inputs: As `call`'s; of it "query", "customer" and "text" are read.
            items: float32 `[u, f]` features of `inputs["items"]`.
            shown: Dict of float32 `[b, f]` features of "template", "design".

        Returns:
            float32 `[b, embedding_dim]`.
        """
        parts = []
        for name in self.query_parts:
            if name == "item":
                parts.append(tf.gather(items, inputs["query"]))
            elif name == "customer":
                vectors = self.customers(inputs["customer"])
                parts.append(tf.cast(vectors, tf.float32))
            elif name == "text":
                parts.append(tf.gather(inputs["text"], inputs["query"]))
            else:
                parts.append(shown[name])
        return self._scale(self.query_head(tf.concat(parts, axis=-1)))

    def embed_query(self, inputs):
        """float32 `[b, d]`, of inputs as `call`'s, less "candidates"."""
        rows, query = tf.unique(inputs["query"])
        items = self.describe(tf.gather(inputs["items"], rows))
        asked = {**inputs, "query": query}
        if "text" in self.query_parts:
            asked["text"] = tf.gather(inputs["text"], rows)
        shown = {
            name: self.describe(inputs[name])
            for name in _IMAGES
            if name in self.query_parts
        }
        return self.compose(asked, items, shown)

    def embed_candidate(self, inputs):
        """float32 `[u, d]`, of all `inputs["items"]`."""
        return self.project(inputs, self.describe(inputs["items"]))

    def match(self, queries, candidates):
        """float32 `[b, n]` scores of embedded queries and candidates."""
        return tf.matmul(queries, candidates, transpose_b=True)

    def project(self, inputs, items):
        """Candidates from what was seen of them.

        Args:
            inputs: As `call`'s; of it "text" is read.
            items: float32 `[u, f]` features.

        Returns:
            float32 `[u, embedding_dim]`.
        """
        if "text" in self.query_parts:
            items = tf.concat([items, inputs["text"]], axis=-1)
        return self._scale(self.candidate_head(items))

    def _scale(self, embeddings):
        if not self.unit_length:
            return embeddings
        return tf.math.l2_normalize(embeddings, axis=-1)

    def _penalty(self, query, candidates):
        norms = [
            tf.norm(part) / tf.cast(tf.shape(part)[0], tf.float32)
            for part in (query, candidates)
        ]
        weights = tf.sqrt(squared_weight_norm(self.trainable_variables))
        return self.regularization * (tf.add_n(norms) + weights)

    def get_build_config(self):
        return {
            name: list(self._build_input_shape[name][1:])
            for name in ("items", "text")
            if name in self._build_input_shape
        }

    def build_from_config(self, config):
        image = tf.zeros((1, *config["items"]))
        one = tf.zeros((1,), tf.int32)
        inputs = {
            "items": image,
            **{name: image for name in _IMAGES},
            "query": one,
            "candidates": one[:, None],
            "customer": one,
        }
        if "text" in config:
            inputs["text"] = tf.zeros((1, *config["text"]))
        self(inputs)

    def get_config(self):
        parts = {
            name: layer and keras.saving.serialize_keras_object(layer)
            for name, layer in (
                ("backbone", self.backbone),
                ("pixels", self.pixels),
                ("customers", self.customers),
            )
        }
        return {
            **super().get_config(),
            **parts,
            "query_parts": self.query_parts,
            "embedding_dim": self.embedding_dim,
            "regularization": self.regularization,
            "dropout_rate": self.dropout_rate,
            "unit_length": self.unit_length,
        }

    @classmethod
    def from_config(cls, config):
        for name in ("backbone", "pixels", "customers"):
            if config[name] is not None:
                config[name] = keras.saving.deserialize_keras_object(
                    config[name]
                )
        return cls(**config)


def _head(units, name):
    """A linear projection, Xavier at the start, in float32 always."""
    return keras.layers.Dense(
        units, kernel_initializer="glorot_normal", dtype="float32", name=name
    )
