"""What a pair model and its encoder see in photos, inside a served graph."""

import tensorflow as tf

from tfcompat.retrieval.row_blocks import map_in_blocks

_AT_ONCE = 64  # Photos that go through a network together.


class PhotoFeatures(tf.Module):
    """Turns decoded photos into the features that a pair model goes by.

    The networks are given a few photos at a time, so that their activations
    stay small however many there are.

    Args:
        model: `SubspaceNet` or `JointSubspaceNet`.
        encoder: `GarmentEncoder`. A model of precomputed features needs it;
            one that sees pixels itself may have none.

    Attributes:
        image_size: Height and width of the photos, in pixels.
        dim: Number of features, f.
        categories: Names of the categories that the encoder tells apart, in
            the order of the probabilities; empty if there is none.

    Raises:
        ValueError: If the model has never been called, a needed encoder is
            missing, or sees other photos or gives other features than the
            model takes.
    """

    def __init__(self, model, encoder=None):
        super().__init__(name="photo_features")
        if not model.built:
            raise ValueError(
                "`model` has never been called, and so has no weights."
            )
        shape = model.get_build_config()["item_shape"]
        self.model = model
        self.encoder = encoder
        self.sees_pixels = len(shape) == 3
        self.dim = model.backbone(tf.zeros([1, *shape])).shape[-1]
        if encoder is None:
            if not self.sees_pixels:
                raise ValueError(
                    "`encoder` must be given: the model takes features of "
                    f"shape {shape}, not photos."
                )
            self.image_size = shape[0]
            self.categories = []
            return
        self.image_size = encoder.backbone.image_size
        if self.sees_pixels and shape[0] != self.image_size:
            raise ValueError(
                f"`encoder` sees photos of {self.image_size} pixels, but the "
                f"model of {shape[0]}."
            )
        heads = encoder.heads
        self.categories = heads.get("category", {}).get("values", [])
        self._widths = {
            name: len(head["values"]) if "values" in head else 1
            for name, head in heads.items()
        }
        width = encoder.backbone.feature_dim + sum(self._widths.values())
        if not self.sees_pixels and shape != [width]:
            raise ValueError(
                f"`encoder` gives features of shape {[width]}, but the model "
                f"takes {shape}."
            )

    def describe(self, pixels, categorize):
        """What the networks see.

        Args:
            pixels: uint8 `[n, image_size, image_size, 3]`.
            categorize: bool scalar; if false, the probabilities may be zeros,
                which saves a model that sees pixels the encoder's work.

        Returns:
            Tuple of float32 `[n, f]` features, in place of the model's
            "items", and float32 `[n, categories]` probabilities.
        """
        shape = (None, self.image_size, self.image_size, 3)
        return map_in_blocks(
            lambda pixels: self._describe_block(pixels, categorize),
            tf.ensure_shape(pixels, shape),
            _AT_ONCE,
            tuple(
                tf.TensorSpec([None, width], tf.float32)
                for width in (self.dim, len(self.categories))
            ),
        )

    def _describe_block(self, pixels, categorize):
        images = tf.cast(pixels, tf.float32) / 255.0
        if not self.sees_pixels:
            described = self.encoder.describe(images)
            features = self.model.backbone(described)
            return features, self._read_categories(described)
        features = self.model.backbone(images)
        unread = tf.zeros([tf.shape(images)[0], len(self.categories)])
        if not self.categories:
            return features, unread
        return features, tf.cond(
            tf.convert_to_tensor(categorize),
            lambda: self._read_categories(self.encoder.describe(images)),
            lambda: unread,
        )

    def _read_categories(self, described):
        start = self.encoder.backbone.feature_dim
        for name, width in self._widths.items():
            if name == "category":
                return described[:, start : start + width]
            start += width
        return described[:, :0]
