"""ADDE: a representation of images in which each attribute has its part."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.attribute_learners import (
    AttributeLearners,
    join_attributes,
)
from tfcompat.layers.slight_moves import SlightMoves
from tfcompat.losses.semi_hard import SemiHardLoss


@keras.saving.register_keras_serializable(package="tfcompat")
class ADDE(keras.Model):
    """Attribute-driven disentangled encoder.

    A backbone sees the image, a small network for each attribute maps what it
    sees into that attribute's subspace, and a linear classifier on each
    subspace alone makes sure that it holds what it should. Side by side the
    subspaces are the image's representation `r = [r_1; ...; r_A]`.

    Args:
        backbone: Layer from images `[n, s, s, 3]` to features `[n, f]`.
        values: Dict from attribute to the list of its values, A of them.
        dim: Size of each subspace, d.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        items: float images `[n, s, s, 3]` in [0, 1], or features `[n, f]`
            that the backbone has computed before.

    Returns:
        Dict of float32: each attribute's logits `[n, values]`, "local"
        `[n, A, d]` of parts of length 1, and "global" `[n, A d]`, all of
        length 1, as the losses of `losses_of` take them.

    Raises:
        ValueError: If there is no attribute, or one is called as an output.

    Reference:
        Hou, Vig, Donoser, Bazzani 2021, https://arxiv.org/abs/2012.13260;
        supplementary material, table 1.
    """

    def __init__(self, backbone, values, dim=340, **kwargs):
        super().__init__(**kwargs)
        if not values or {"local", "global"} & set(values):
            raise ValueError(
                "`values` must name attributes, and none local or global, got "
                f"{list(values)}."
            )
        self.backbone = backbone
        self.values = {name: list(known) for name, known in values.items()}
        self.dim = dim
        self.augmentation = SlightMoves()
        self.learners = AttributeLearners(len(values), dim)
        self.classifiers = [
            keras.layers.Dense(len(known), dtype="float32", name=f"values_{i}")
            for i, known in enumerate(values.values())
        ]

    def features(self, items, training=False):
        """The backbone's features `[n, f]`, unless they are given."""
        if items.shape.rank == 2:
            return items
        images = self.augmentation(items, training=training)
        return tf.cast(self.backbone(images, training=training), tf.float32)

    def represent(self, items, training=False):
        """The representation r; float32 `[n, A, d]`."""
        return self.learners(self.features(items, training))

    def classify(self, representations):
        """List of float32 `[n, values]` logits, one an attribute."""
        return [
            classifier(representations[:, place])
            for place, classifier in enumerate(self.classifiers)
        ]

    def call(self, items, training=False):
        representations = self.represent(items, training)
        return {
            **dict(
                zip(self.values, self.classify(representations), strict=True)
            ),
            "local": tf.math.l2_normalize(representations, axis=-1),
            "global": join_attributes(representations),
        }

    @property
    def heads(self):
        """What each output tells apart, as `GarmentEncoder` has it."""
        return {name: {"values": known} for name, known in self.values.items()}

    def describe(self, images):
        """The backbone's features and all probabilities, side by side.

        Args:
            images: float `[n, s, s, 3]` in [0, 1].

        Returns:
            float32 `[n, f + J]`.
        """
        features = self.features(images)
        logits = self.classify(self.learners(features))
        return tf.concat([features, *map(tf.nn.softmax, logits)], axis=-1)

    def losses_of(self, margin=0.5):
        """Dict of losses for `compile`, by output."""
        classes = {
            name: keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            for name in self.values
        }
        return {
            **classes,
            "local": SemiHardLoss(margin),
            "global": SemiHardLoss(margin),
        }

    def get_config(self):
        return {
            **super().get_config(),
            "backbone": keras.saving.serialize_keras_object(self.backbone),
            "values": self.values,
            "dim": self.dim,
        }

    @classmethod
    def from_config(cls, config):
        backbone = keras.saving.deserialize_keras_object(config.pop("backbone"))
        return cls(backbone=backbone, **config)
