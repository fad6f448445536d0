"""A projection of its own for each group of items."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class GroupProjection(keras.layers.Layer):
    """Projects item features into the shared space, group by group.

    A top and a bottom go together for other reasons than they look alike, so
    each group of items may have its own linear map. One group gives the
    shared projection of the paper; any number works, which is the paper's
    future work of more than two kinds of items.

    Args:
        num_groups: Number of groups; 1 shares one projection among all items.
        dim: Size of the shared space, d.
        normalize: Whether to scale each row to length 1. Without it the
            distances can start far above the margin, where the contrastive
            loss has no gradient for negatives.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        features: float `[items, f]`.
        groups: int `[items]` in `[0, num_groups)`; ignored with one group.

    Returns:
        float `[items, d]`.

    Raises:
        ValueError: If `num_groups` or `dim` is not positive.
    """

    def __init__(self, num_groups, dim, normalize=True, **kwargs):
        super().__init__(**kwargs)
        for name, value in (("num_groups", num_groups), ("dim", dim)):
            if value < 1:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.num_groups = num_groups
        self.dim = dim
        self.normalize = normalize
        self.dense = keras.layers.Dense(num_groups * dim)

    def call(self, features, groups):
        projected = self.dense(features)
        if self.num_groups > 1:
            projected = tf.reshape(projected, (-1, self.num_groups, self.dim))
            projected = tf.gather(projected, groups, axis=1, batch_dims=1)
        if self.normalize:
            projected = tf.math.l2_normalize(projected, axis=-1)
        return projected

    def get_config(self):
        return {
            **super().get_config(),
            "num_groups": self.num_groups,
            "dim": self.dim,
            "normalize": self.normalize,
        }
