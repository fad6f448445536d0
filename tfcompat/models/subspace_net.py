"""The subspace family: PSA-Net, CSA-Net and their baselines."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.nested_parts import NestedParts
from tfcompat.layers.pair_inputs import blank_pair_inputs

# Of the softplus that keeps squared distances positive with item terms.
_SHARPNESS = 8.0


@keras.saving.register_keras_serializable(package="tfcompat")
class SubspaceNet(NestedParts, keras.Model):
    """Scores item pairs by their distance in attended subspaces.

    Every item is embedded once. An attention layer says how much each notion
    of compatibility counts in this context, and the pair's distance is
    measured in the blend of the subspaces. Which context counts is the choice
    of the attention layer: the customer makes PSA-Net, the pair of categories
    CSA-Net, nothing at all the non-personalised baseline.

    The candidate's side of the score depends on neither customer nor query,
    so a catalogue is indexed once for everybody: by `embed_query` and
    `embed_candidate`, whose dot product ranks as the score does.

    Args:
        backbone: Layer from item contents to features `[items, f]`: a CNN on
            images, or a normalisation of features computed before.
        projection: `GroupProjection` from features to embeddings.
        subspaces: `HadamardMasks`, `DenseSubspaces`, `AttributeSum` or
            `AttributeConcatenation`.
        attention: `CustomerAttention`, `CategoryPairAttention`,
            `CategoryPairChoice`, `ConditionAttention` or `FreeAttention`.
        customers: `CustomerTable`; None if nothing asks for the customer.
        item_terms: `ItemLiking`, which adds how much the customer likes each
            item by itself; None to leave it out.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Dict of
            "items": float images `[items, s, s, 3]` in [0, 1] or features
            `[items, f]`, each item of the batch once;
            "item_rows": int `[items]`, rows in the wardrobe, -1 for none;
            "groups", "categories": int `[items]`;
            "query": int `[batch]`, positions in "items";
            "candidates": int `[batch, candidates]`, positions in "items";
            "customer": int `[batch]`, customer rows, -1 for a stranger;
            "condition": int `[batch]`, for `ConditionAttention` alone.
            Features that the backbone has computed before may come as
            "features" `[items, f]` in place of "items".

    Returns:
        float `[batch, candidates]` scores: the negative distance; higher is
        more compatible. Item terms are taken off the squared distance before
        the root (through a softplus, so that it stays positive), which keeps
        the ranking that of a dot product.

    Reference:
        PSA-Net, "Personalized compatibility", section III-B; Lin, Tran, Davis
        2020, https://arxiv.org/abs/1912.08967.
    """

    part_names = (
        "backbone",
        "projection",
        "subspaces",
        "attention",
        "customers",
        "item_terms",
    )

    def __init__(
        self,
        backbone,
        projection,
        subspaces,
        attention,
        customers=None,
        item_terms=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.backbone = backbone
        self.projection = projection
        self.subspaces = subspaces
        self.attention = attention
        self.customers = customers
        self.item_terms = item_terms

    def embed_items(self, inputs, training=False):
        """Returns the shared embedding X of the batch's items, `[items, d]`."""
        if "features" in inputs:
            features = inputs["features"]
        else:
            features = self.backbone(inputs["items"], training=training)
        return self.projection(features, inputs["groups"])

    def attend(self, inputs, query, training=False):
        """Returns the subspace weights, `[batch, 1 or candidates, k]`."""
        categories = inputs["categories"]
        if "candidate_categories" in inputs:
            candidates = inputs["candidate_categories"]
        else:
            candidates = tf.gather(categories, inputs["candidates"])
        context = {
            "query": query,
            "query_category": tf.gather(categories, inputs["query"]),
            "candidate_category": candidates,
        }
        if "condition" in inputs:
            context["condition"] = inputs["condition"]
        if self.customers is not None:
            context["customer"] = self.customers(inputs["customer"])
        return self.attention(context, training=training)

    def call(self, inputs, training=False):
        items = self.embed_items(inputs, training)  # [u, d]
        query = tf.gather(items, inputs["query"])  # [b, d]
        candidates = tf.gather(items, inputs["candidates"])  # [b, c, d]
        weights = self.attend(inputs, query, training)  # [b, 1 or c, k]
        # Subspaces are linear in the embedding, so that the difference of the
        # two projected items is the projection of their difference.
        gaps = self.subspaces(query[:, None, :] - candidates, weights)
        squared = tf.reduce_sum(tf.square(gaps), axis=-1)  # [b, c]
        if self.item_terms is not None:
            # Inside the root, where an index can take them along.
            squared -= self.item_terms(inputs)
        return self._score(squared)

    def _score(self, squared):
        """The negative root of squared distances, less any item terms."""
        if self.item_terms is None:
            # The root has no finite gradient at zero.
            return -tf.sqrt(tf.maximum(squared, 1e-12))
        # The softplus is positive and never flat.
        return -tf.sqrt(tf.nn.softplus(_SHARPNESS * squared) / _SHARPNESS)

    def subspace_weights(self, inputs):
        """How much each subspace counts in each question, `[batch, k]`.

        None for a model that does not ask for the customer.
        """
        if self.customers is None:
            return None
        query = tf.gather(self.embed_items(inputs), inputs["query"])
        return self.attend(inputs, query)[:, 0].numpy()

    def embed_query(self, inputs, training=False):
        """Embeds queries so that a dot product ranks all candidates.

        Args:
            inputs: As `call`'s; of "candidates" only the first column's
                categories count, and only to `CategoryPairAttention`. They
                may be given as "candidate_categories", int `[batch, 1]`, in
                place of "candidates".
            training: Whether this is a training step.

        Returns:
            float `[batch, q]`.
        """
        items = self.embed_items(inputs, training)
        query = tf.gather(items, inputs["query"])
        weights = self.attend(inputs, query, training)[:, 0]
        parts = [self.subspaces.index_query(query, weights)]
        if self.item_terms is not None:
            parts.append(self.item_terms.index_query(inputs))
        return tf.concat(parts, axis=-1)

    def embed_candidate(self, inputs, training=False):
        """Embeds all "items" of the inputs as candidates of an index.

        Args:
            inputs: Dict of "items", "groups" and "item_rows", as `call`'s.
            training: Whether this is a training step.

        Returns:
            float `[items, q]`.
        """
        items = self.embed_items(inputs, training)
        parts = [self.subspaces.index_candidate(items)]
        if self.item_terms is not None:
            parts.append(self.item_terms.index_candidate(inputs))
        return tf.concat(parts, axis=-1)

    def scores_of_products(self, products, inputs):
        """Turns dot products of the embeddings into the scores of `call`.

        The difference of two large numbers: next to distance 0 rounding
        shows. `score_candidates` has no such trouble.

        Args:
            products: float `[batch, candidates]`, `embed_query` times
                `embed_candidate`.
            inputs: What `embed_query` took.

        Returns:
            float `[batch, candidates]`.
        """
        query = tf.gather(self.embed_items(inputs), inputs["query"])
        weights = self.attend(inputs, query)[:, 0]
        projected = self.subspaces(query, weights)
        constant = tf.reduce_sum(tf.square(projected), axis=-1)
        if self.item_terms is not None:
            constant -= self.item_terms.index_constant(inputs)
        return self._score(constant[:, None] - products)

    def score_candidates(self, inputs, candidates):
        """Scores items that are known by their embeddings in an index.

        Args:
            inputs: As `embed_query` takes them.
            candidates: float `[batch, candidates, q]` from `embed_candidate`.
                Their categories, for `CategoryPairAttention`, are in the
                "candidate_categories" of `inputs`: `[batch, candidates]`, or
                `[batch, 1]` where all are alike.

        Returns:
            float `[batch, candidates]`, as `call` scores the same items.
        """
        query = tf.gather(self.embed_items(inputs), inputs["query"])
        weights = self.attend(inputs, query)
        # Whatever else an index needs stands behind the item's embedding.
        dim = query.shape[-1]
        gaps = self.subspaces(query[:, None] - candidates[..., :dim], weights)
        squared = tf.reduce_sum(tf.square(gaps), axis=-1)
        if self.item_terms is not None:
            asked = self.item_terms.index_query(inputs)  # [b, r + 1]
            terms = candidates[..., -asked.shape[-1] :]
            squared -= tf.einsum("bq,bcq->bc", asked, terms)
            squared -= self.item_terms.index_constant(inputs)[:, None]
        return self._score(squared)

    def get_build_config(self):
        if not self.built:
            return None
        return {"item_shape": list(self._build_input_shape["items"][1:])}

    def build_from_config(self, config):
        self(blank_pair_inputs(config["item_shape"]))
