"""A CNN that learns what garments look like by naming their attributes."""

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.attribute_columns import encode_columns, learn_columns
from tfcompat.layers.slight_moves import SlightMoves


def learn_heads(items):
    """Finds out which heads a wardrobe's items can train.

    Args:
        items: `pandas.DataFrame` in the columns of `items.csv`.

    Returns:
        `heads` of `GarmentEncoder`: "category" and every "attr_*" that says
        something, encoded as by `learn_columns`.
    """
    names = [name for name in items if name.startswith("attr_")]
    return learn_columns(items, ["category", *names])


def garment_targets(items, heads):
    """What `fit` takes beside the images.

    Args:
        items: `pandas.DataFrame` in the columns of `items.csv`.
        heads: As `GarmentEncoder` takes them.

    Returns:
        Tuple of two dicts from head to arrays: targets (int32 `[items]` class
        or float32 `[items, 1]` standardised number) and float32 `[items]`
        sample weights, 0 where the attribute is unknown and else 1.
    """
    targets, weights = {}, {}
    for name, column in encode_columns(items, heads).items():
        is_classified = "values" in heads[name]
        known = column >= 0 if is_classified else ~np.isnan(column)
        target = np.where(known, column, 0).astype(column.dtype)
        # A column, else Keras would average errors before weighting them.
        targets[name] = target if is_classified else target[:, None]
        weights[name] = known.astype("float32")
    return targets, weights


@keras.saving.register_keras_serializable(package="tfcompat")
class GarmentEncoder(keras.Model):
    """Turns garment images into features that know category and attributes.

    One linear head an attribute stands on the backbone's pooled features: the
    softmax of a categorical attribute, the standardised value of a numeric
    one. What remains after training is the features; PSA-Net and the item
    towers read them, computed once.

    Flips, small shifts and small zooms vary the images in training. Their
    colours stay, for colour is what taste is about.

    Args:
        backbone: Keras model from images `[n, s, s, 3]` to `[n, f]`.
        heads: Dict from attribute to its encoding: `{"values": [...]}` for a
            categorical, `{"mean": m, "scale": s}` for a numeric one; see
            `learn_heads`.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        images: float `[n, s, s, 3]` in [0, 1].

    Returns:
        Dict from attribute to float32 `[n, values]` logits, or `[n, 1]`
        standardised values.

    Raises:
        ValueError: If there is no head.
    """

    def __init__(self, backbone, heads, **kwargs):
        super().__init__(**kwargs)
        if not heads:
            raise ValueError("`heads` is empty: nothing to learn from.")
        self.backbone = backbone
        self.heads = {name: dict(column) for name, column in heads.items()}
        self.augmentation = SlightMoves()
        self.head_layers = {
            name: keras.layers.Dense(
                len(column["values"]) if "values" in column else 1,
                dtype="float32",
                name=f"head_{i}",
            )
            for i, (name, column) in enumerate(self.heads.items())
        }

    def augment(self, images):
        """The images, slightly moved at random; float32 `[n, s, s, 3]`."""
        return self.augmentation(images, training=True)

    def embed(self, images, training=False):
        """Pooled features; float32 `[n, f]`."""
        if training:
            images = self.augment(images)
        features = self.backbone(images, training=training)
        return tf.cast(features, tf.float32)

    def _read(self, features):
        return {name: head(features) for name, head in self.head_layers.items()}

    def call(self, images, training=False):
        return self._read(self.embed(images, training))

    def describe(self, images):
        """Pooled features and what the heads read from them, side by side.

        Args:
            images: As `call`'s.

        Returns:
            float32 `[n, f + values of all categorical + numeric heads]`;
            probabilities and standardised values, in the order of `heads`.
        """
        features = self.embed(images)
        parts = [features]
        for name, output in self._read(features).items():
            is_classified = "values" in self.heads[name]
            parts.append(tf.nn.softmax(output) if is_classified else output)
        return tf.concat(parts, axis=-1)

    def head_losses(self):
        """Loss of each head, for `compile(loss=...)`."""
        return {
            name: keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            if "values" in column
            else keras.losses.Huber()
            for name, column in self.heads.items()
        }

    def head_metrics(self):
        """Metric of each head, for `compile(weighted_metrics=...)`."""
        return {
            name: keras.metrics.SparseCategoricalAccuracy(name="accuracy")
            if "values" in column
            else keras.metrics.MeanAbsoluteError(name="absolute_error")
            for name, column in self.heads.items()
        }

    def get_config(self):
        return {
            **super().get_config(),
            "backbone": keras.saving.serialize_keras_object(self.backbone),
            "heads": self.heads,
        }

    @classmethod
    def from_config(cls, config):
        backbone = keras.saving.deserialize_keras_object(config.pop("backbone"))
        return cls(backbone=backbone, **config)
