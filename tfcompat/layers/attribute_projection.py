"""Attribute subspaces in the place of a pair model's projection."""

import tf_keras as keras

from tfcompat.layers.attribute_learners import (
    AttributeLearners,
    join_attributes,
)


@keras.saving.register_keras_serializable(package="tfcompat")
class AttributeProjection(keras.layers.Layer):
    """Projects item features into ADDE's subspaces, side by side.

    What `GroupProjection` is to the other members of the subspace family; the
    same for every group.

    Args:
        num_attributes: Number of attributes, A.
        dim: Size of each subspace, d.
        **kwargs: Passed to `keras.layers.Layer`.

    Attributes:
        num_groups: 1: items need not say what group they are of.
        learners: `AttributeLearners`, to be filled with an encoder's weights.

    Call arguments:
        features: float `[items, f]`.
        groups: Ignored.

    Returns:
        float32 `[items, A d]`, of length 1.

    Reference:
        ADDE, section 3.4 (ADDE-O) and supplementary material.
    """

    def __init__(self, num_attributes, dim=340, **kwargs):
        super().__init__(**kwargs)
        self.num_attributes = num_attributes
        self.dim = dim
        self.num_groups = 1
        self.learners = AttributeLearners(num_attributes, dim)

    def call(self, features, groups):
        return join_attributes(self.learners(features))

    def get_config(self):
        return {
            **super().get_config(),
            "num_attributes": self.num_attributes,
            "dim": self.dim,
        }
