"""The item half of stage 1's networks."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.maskable_embedding import MaskableEmbedding


@keras.saving.register_keras_serializable(package="tfcompat")
class ItemTower(keras.layers.Layer):
    """Embeds an item from id, category, brand, attributes and looks.

    The paper's colour is among the attributes.

    Args:
        num_items: Number of known items.
        num_categories: Number of known categories; may be 0.
        num_brands: Number of known brands; may be 0.
        embedding_dim: Size of the embedding, e.
        hidden_units: Width of the hidden layer.
        id_mask_rate: Share of items taken for unknown in training.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        inputs: Dict of "item", "category" and "brand", int `[n]`, -1 =
            unknown; "attributes", float `[n, a]`; "visual", float `[n, f]`.

    Returns:
        float32 `[n, e]`.

    Raises:
        ValueError: If an argument is out of its range.

    Reference:
        PSA-Net, section III-A.2 and Fig. 3b.
    """

    def __init__(
        self,
        num_items,
        num_categories,
        num_brands,
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
        self.num_items = num_items
        self.num_categories = num_categories
        self.num_brands = num_brands
        self.embedding_dim = embedding_dim
        self.hidden_units = hidden_units
        self.id_mask_rate = id_mask_rate
        self.id_embedding = MaskableEmbedding(
            num_items, embedding_dim, id_mask_rate, name="id_embedding"
        )
        self.category_embedding = MaskableEmbedding(
            num_categories, 8, name="category_embedding"
        )
        self.brand_embedding = MaskableEmbedding(
            num_brands, 8, name="brand_embedding"
        )
        self.hidden = keras.layers.Dense(
            hidden_units, activation="relu", name="hidden"
        )
        self.output_layer = keras.layers.Dense(
            embedding_dim, dtype="float32", name="output"
        )

    def build(self, inputs_shape):
        embeddings = (
            (self.id_embedding, "item"),
            (self.category_embedding, "category"),
            (self.brand_embedding, "brand"),
        )
        for embedding, name in embeddings:
            embedding.build(inputs_shape[name])
        width = sum(embedding.dim for embedding, _ in embeddings)
        width += inputs_shape["attributes"][-1] + inputs_shape["visual"][-1]
        self.hidden.build((None, width))
        self.output_layer.build((None, self.hidden_units))
        super().build(inputs_shape)

    def call(self, inputs, training=False):
        features = tf.concat(
            [
                tf.cast(part, self.compute_dtype)
                for part in (
                    self.id_embedding(inputs["item"], training=training),
                    self.category_embedding(inputs["category"]),
                    self.brand_embedding(inputs["brand"]),
                    inputs["attributes"],
                    inputs["visual"],
                )
            ],
            axis=-1,
        )
        return self.output_layer(self.hidden(features))

    def get_config(self):
        return {
            **super().get_config(),
            "num_items": self.num_items,
            "num_categories": self.num_categories,
            "num_brands": self.num_brands,
            "embedding_dim": self.embedding_dim,
            "hidden_units": self.hidden_units,
            "id_mask_rate": self.id_mask_rate,
        }
