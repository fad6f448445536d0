"""A small network for each attribute, side by side."""

import tensorflow as tf
import tf_keras as keras


def join_attributes(representations):
    """All subspaces as one vector of length 1: `[n, A, d]` to `[n, A d]`."""
    _, attributes, dim = representations.shape
    joined = tf.reshape(representations, (-1, attributes * dim))
    return tf.math.l2_normalize(joined, axis=-1)


@keras.saving.register_keras_serializable(package="tfcompat")
class AttributeLearners(keras.layers.Layer):
    """Maps image features into one subspace for each attribute.

    Each attribute has two fully connected layers with a ReLU between them,
    `phi_a` in the paper; here they are one tensor each, so that all attributes
    are one product.

    Args:
        num_attributes: Number of attributes, A.
        dim: Size of each subspace, d.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        features: float `[n, f]`.

    Returns:
        float32 `[n, A, d]`.

    Raises:
        ValueError: If an argument is not positive.

    Reference:
        ADDE, supplementary material, table 1.
    """

    def __init__(self, num_attributes, dim=340, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        for name, value in (("num_attributes", num_attributes), ("dim", dim)):
            if value < 1:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.num_attributes = num_attributes
        self.dim = dim
        self.hidden = keras.layers.Dense(
            num_attributes * dim,
            activation="relu",
            kernel_initializer="he_uniform",
            dtype="float32",
            name="hidden",
        )

    def build(self, features_shape):
        self.hidden.build(features_shape)
        self.kernel = self.add_weight(
            name="kernel",
            shape=(self.num_attributes, self.dim, self.dim),
            initializer=keras.initializers.VarianceScaling(
                # Of one attribute's block; Keras counts all of them.
                scale=self.num_attributes,
                distribution="uniform",
            ),
        )
        self.bias = self.add_weight(
            name="bias",
            shape=(self.num_attributes, self.dim),
            initializer="zeros",
        )
        self.built = True

    def call(self, features):
        hidden = self.hidden(features)
        hidden = tf.reshape(hidden, (-1, self.num_attributes, self.dim))
        return tf.einsum("nad,ade->nae", hidden, self.kernel) + self.bias

    def get_config(self):
        return {
            **super().get_config(),
            "num_attributes": self.num_attributes,
            "dim": self.dim,
        }
