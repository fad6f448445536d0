"""Reads colour and formality off pictures of garments that nobody knows."""

import numpy as np
import tensorflow as tf
from PIL import Image

from tfcompat.data.colours import measure_colours
from tfcompat.data.errors import InputError

SEEN = ("lightness", "redness", "yellowness", "colourfulness", "formality")
_AT_ONCE = 256  # Images.


class GarmentEyes:
    """Reads what the world's equations call colour and formality.

    The colour is measured in the pixels. Formality is what the words that a
    garment encoder reads ("casual", "formal") mean on average among the
    catalogue's own items.

    Args:
        encoder: `GarmentEncoder` that has learnt `attr_formality`.
        items: Table of the wardrobe's items.
        formality: float `[items]` in [0, 1], their true formality.

    Raises:
        InputError: If the encoder reads no formality.
    """

    def __init__(self, encoder, items, formality):
        words = encoder.heads.get("attr_formality", {}).get("values", ())
        if not words:
            raise InputError(
                "the garment encoder reads no formality, so that designs "
                "cannot be compared with customers' taste for it."
            )
        means = {
            word: formality[items["attr_formality"].to_numpy() == word].mean()
            for word in words
        }
        self._meaning = tf.constant(list(means.values()), tf.float32)
        head = encoder.head_layers["attr_formality"]
        size = encoder.backbone.image_size

        def read(images):
            images = tf.image.resize(images, (size, size), antialias=True)
            words = tf.nn.softmax(head(encoder.embed(images)))
            return tf.linalg.matvec(words, self._meaning)

        self._read_formality = tf.function(
            read, input_signature=[tf.TensorSpec([None, None, None, 3])]
        )

    def read(self, images):
        """Looks at images.

        Args:
            images: float `[n, s, s, 3]` in [0, 1].

        Returns:
            float64 `[n, 5]`, columns as `SEEN`, in the world's own units.
        """
        levels = np.round(255.0 * np.clip(images, 0.0, 1.0)).astype("uint8")
        lab = np.array(
            [measure_colours(Image.fromarray(image)).main for image in levels]
        )
        formality = np.concatenate(
            [
                self._read_formality(
                    tf.constant(images[start : start + _AT_ONCE], tf.float32)
                )
                for start in range(0, len(images), _AT_ONCE)
            ]
        )
        return np.column_stack([lab, np.hypot(lab[:, 1], lab[:, 2]), formality])
