"""Learnt projections of a shared space, one a pair of product types."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class MetaSpaces(keras.layers.Layer):
    """A mask over the embedding for each unordered pair of product types.

    A shirt may match a skirt by what is nothing to a bag. Items are compared
    in the space of their pair of types: {shirt, skirt} is one space,
    whichever of both is asked for.

    Args:
        num_types: Number of product types.
        dim: Size of the embedding.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        types, others: int, of shapes that broadcast against each other, in
            `[0, num_types)`.

    Returns:
        float32 `[..., dim]`, the masks; an embedding times its mask is the
        projection.

    Raises:
        ValueError: If a size is not positive.

    Reference:
        MEDAL ("meta-spaces", learnable projection masks per product-type
        pair). They start at 1, the shared space: the paper does not say.
    """

    def __init__(self, num_types, dim, **kwargs):
        super().__init__(**kwargs)
        for name, value in (("num_types", num_types), ("dim", dim)):
            if value < 1:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.num_types = num_types
        self.dim = dim

    def build(self, types_shape=None, others_shape=None):
        self.masks = self.add_weight(
            name="masks",
            shape=(self.num_types * (self.num_types + 1) // 2, self.dim),
            initializer="ones",
            experimental_autocast=False,
        )
        super().build(types_shape)

    def call(self, types, others):
        low, high = tf.minimum(types, others), tf.maximum(types, others)
        # Row by row of the triangle above the diagonal.
        place = low * self.num_types - low * (low - 1) // 2 + high - low
        return tf.gather(self.masks, place)

    def get_config(self):
        return {
            **super().get_config(),
            "num_types": self.num_types,
            "dim": self.dim,
        }
