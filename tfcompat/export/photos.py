"""Photos in a request as the inputs of a pair model."""

import numpy as np
import tensorflow as tf

from tfcompat.export.image_checks import MAX_PIXELS
from tfcompat.export.photo_reader import PhotoReader
from tfcompat.layers.category_pair_attention import CategoryPairAttention


class Photos(tf.Module):
    """Turns image files into what a pair model knows of their items.

    A photo of the catalogue's own, recognised by a fingerprint of its bytes,
    gets its item's row, group and category, as in training; of items that
    share a photo, the first one's. Of any other photo the encoder says what
    it shows: the likeliest category, and the group that has the most
    probability, all its categories together.

    Args:
        features: `PhotoFeatures`.
        catalogue: `Catalogue`.
        vocabulary: `Vocabulary` of the model.
        category_groups: Dict from category to the group it belongs to.
        max_pixels: Width times height above which a photo is refused.
        webp: Whether WebP is read, by an op of tensorflow-io.
        must_tell: Whether the model must be told what a photo shows; None
            looks at its parts.

    Attributes:
        reads_new: Whether photos are read that are not the catalogue's.

    Raises:
        ValueError: If `max_pixels` is not positive.
    """

    def __init__(
        self,
        features,
        catalogue,
        vocabulary,
        category_groups,
        max_pixels=MAX_PIXELS,
        webp=False,
        must_tell=None,
    ):
        super().__init__(name="photos")
        self.features = features
        # One more row, of nothing: there must be something to gather.
        self._known = {
            name: tf.Variable(
                np.append(rows, np.int32(-1)), trainable=False, name=name
            )
            for name, rows in (
                ("item_rows", catalogue.item_rows),
                ("groups", catalogue.groups),
                ("categories", catalogue.categories),
            )
        }
        model = features.model
        # What the model does not ask for need not be known of a photo.
        if must_tell is None:
            must_tell = model.projection.num_groups > 1 or isinstance(
                model.attention, CategoryPairAttention
            )
        self._must_tell = must_tell
        self.reads_new = bool(features.categories) or not self._must_tell
        self._reader = PhotoReader(
            features.image_size,
            max_pixels=max_pixels,
            webp=webp,
            known=catalogue.fingerprints,
            unknown_problem=None
            if self.reads_new
            else "is not a photo of the catalogue, and this model cannot tell "
            "what it shows; send a photo of the catalogue",
        )
        self._categories = [
            vocabulary.categories.index(name)
            if name in vocabulary.categories
            else 0
            for name in features.categories
        ]
        self._groups = np.array(
            [
                [category_groups.get(name) == group for group in groups]
                for groups in [vocabulary.groups]
                for name in features.categories
            ],
            "float32",
        ).reshape(len(features.categories), len(vocabulary.groups))

    def read(self, columns):
        """Checks, decodes and describes the photos of a request.

        Args:
            columns: Dict from name to string `[b]`, contents of image files.

        Returns:
            Tuple of two dicts. The first has, for each distinct photo,
            "features" float32 `[u, f]` and "item_rows", "groups",
            "categories" int32 `[u]`, as the model takes them, and
            "catalogue_rows" int32 `[u]`, -1 for photos that are not the
            catalogue's. The second has, for each column, int32 `[b]` places
            of its photos in these.

        Raises:
            tf.errors.InvalidArgumentError: When run on something that is no
                image that can be read, or of which must be known what it
                shows but cannot; names column and row.
        """
        images, rows, places = self._reader.read(columns)
        return self._describe(images, rows), places

    def _describe(self, images, rows):
        is_new = rows < 0
        features, probabilities = self.features.describe(
            images, self._must_tell & tf.reduce_any(is_new)
        )
        items = {
            name: tf.gather(known, tf.where(is_new, 0, rows))
            for name, known in self._known.items()
        }
        guesses = {"item_rows": -1, "groups": 0, "categories": 0}
        if self.features.categories:
            likeliest = tf.argmax(probabilities, axis=1)
            guesses["categories"] = tf.gather(self._categories, likeliest)
            guesses["groups"] = tf.argmax(
                probabilities @ self._groups, axis=1, output_type=tf.int32
            )
        return {
            "features": features,
            "catalogue_rows": rows,
            **{
                name: tf.where(is_new, guesses[name], items[name])
                for name in guesses
            },
        }
