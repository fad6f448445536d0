"""What each value of each attribute looks like, as directions to walk."""

import numpy as np
import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class AttributeMemory(keras.layers.Layer):
    """Moves representations from some attribute values to others.

    The memory `M` holds a prototype of each of the J values, and a change is
    the difference of prototypes: `r' = r + M i`, with `i` being -1 at values
    that go and 1 at values that come, as many at once as one likes. A value's
    prototype belongs into its own attribute's rows: the layer's loss
    `weight * |N o M|_1` keeps it out of all others.

    Args:
        value_counts: Number of values of each of the A attributes.
        dim: Size of each attribute's subspace, d.
        weight: Of the loss; the paper's `w_mem`.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        representations: float `[n, A, d]`.
        change: `[n, J]`, -1, 0 or 1.

    Returns:
        float32 `[n, A, d]`.

    Raises:
        ValueError: If an argument is out of range.

    Reference:
        ADDE, sections 3.1 and 3.2; supplementary material, eq. 1.
    """

    def __init__(self, value_counts, dim=340, weight=0.4, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        if not value_counts or min(value_counts) < 1:
            raise ValueError(
                f"`value_counts` must be positive, got {value_counts}."
            )
        if dim < 1 or weight < 0:
            raise ValueError(
                "`dim` must be positive and `weight` not negative, got "
                f"{dim} and {weight}."
            )
        self.value_counts = list(value_counts)
        self.dim = dim
        self.weight = weight
        owners = np.repeat(np.arange(len(value_counts)), value_counts)
        # 1 where a value's prototype must not be.
        self._foreign = (
            owners[:, None] != np.arange(len(value_counts))
        ).astype("float32")  # [J, A]

    def build(self, representations_shape=None, change_shape=None):
        self.memory = self.add_weight(
            name="memory",
            shape=(*self._foreign.shape, self.dim),  # [J, A, d]
            initializer="zeros",
        )
        self.built = True

    def load_prototypes(self, prototypes):
        """Fills the blocks on the diagonal, and zero elsewhere.

        Args:
            prototypes: float `[J, d]`, of each value in its own subspace.
        """
        if not self.built:
            self.build()
        own = 1.0 - self._foreign
        self.memory.assign(own[:, :, None] * np.asarray(prototypes)[:, None])

    def prototypes_of(self, indicators):
        """`M y`: the sum of prototypes of values.

        Args:
            indicators: `[n, J]`.

        Returns:
            float32 `[n, A, d]`.
        """
        indicators = tf.cast(indicators, tf.float32)
        return tf.tensordot(indicators, self.memory, axes=1)

    def touched(self, change):
        """Which attributes changes are about.

        Args:
            change: `[n, J]`.

        Returns:
            bool `[n, A]`.
        """
        size = tf.abs(tf.cast(change, tf.float32))
        return tf.matmul(size, 1.0 - self._foreign) > 0

    def call(self, representations, change):
        outside = tf.abs(self.memory) * self._foreign[:, :, None]
        self.add_loss(self.weight * tf.reduce_sum(outside))
        return representations + self.prototypes_of(change)

    def get_config(self):
        return {
            **super().get_config(),
            "value_counts": self.value_counts,
            "dim": self.dim,
            "weight": self.weight,
        }
