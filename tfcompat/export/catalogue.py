"""The items that a served pair model ranks, as the model knows them."""

import dataclasses

import numpy as np
import pandas as pd
import tensorflow as tf

from tfcompat.data.errors import InputError
from tfcompat.data.progress import progress
from tfcompat.export.photo_decoding import decode_photos
from tfcompat.export.row_lookup import fingerprint

_AT_ONCE = 64  # Photos.


@dataclasses.dataclass(frozen=True)
class Catalogue:
    """Items in the order of the wardrobe.

    Attributes:
        item_ids: List of str.
        item_rows: int32 `[items]`, rows in the model's tables, -1 for items
            that came after training.
        groups: int32 `[items]`, in the model's numbering.
        categories: int32 `[items]`, likewise; 0 for those it does not know.
        fingerprints: int64 `[items]`, of each item's photo.
        features: float32 `[items, f]`, what `PhotoFeatures` saw in it.
    """

    item_ids: list
    item_rows: np.ndarray
    groups: np.ndarray
    categories: np.ndarray
    fingerprints: np.ndarray
    features: np.ndarray

    @property
    def known_photos(self):
        """Features by fingerprint, for `read_catalogue` of a later day."""
        return dict(zip(self.fingerprints.tolist(), self.features, strict=True))


def read_catalogue(wardrobe, vocabulary, photo_features, known_photos=None):
    """Looks at all photos of a wardrobe.

    Args:
        wardrobe: `Wardrobe`.
        vocabulary: `Vocabulary` of the model.
        photo_features: `PhotoFeatures`.
        known_photos: Dict from fingerprint to features, of photos that need
            not be looked at again.

    Returns:
        `Catalogue`.

    Raises:
        InputError: If the wardrobe has a group that the model does not know,
            or a photo is missing or cannot be decoded.
    """
    vocabulary.translate(wardrobe)  # Refuses unknown groups.
    items = wardrobe.items
    fingerprints, features = _look_at_photos(
        wardrobe, photo_features, known_photos or {}
    )
    rows = {
        name: pd.Index(known).get_indexer(items[column]).astype("int32")
        for name, known, column in (
            ("item_rows", vocabulary.items, "item_id"),
            ("groups", vocabulary.groups, "group"),
            ("categories", vocabulary.categories, "category"),
        )
    }
    rows["categories"] = np.maximum(rows["categories"], 0)
    return Catalogue(
        item_ids=items["item_id"].tolist(),
        fingerprints=fingerprints,
        features=features,
        **rows,
    )


def _look_at_photos(wardrobe, photo_features, known):
    """int64 `[items]` fingerprints and float32 `[items, f]` features."""
    distinct, places = np.unique(
        list(map(str, wardrobe.image_paths)), return_inverse=True
    )
    fingerprints = np.zeros(len(distinct), "int64")
    features = np.zeros((len(distinct), photo_features.dim), "float32")
    look = _Look(photo_features)
    starts = range(0, len(distinct), _AT_ONCE)
    for start in progress(starts, "Looking at photos", unit="batch"):
        paths = distinct[start : start + _AT_ONCE]
        contents = [_read(path) for path in paths]
        keys = fingerprint(tf.constant(contents)).numpy()
        fingerprints[start : start + len(paths)] = keys
        new = [row for row, key in enumerate(keys) if int(key) not in known]
        if new:
            seen = look([contents[i] for i in new], [paths[i] for i in new])
            features[start + np.array(new)] = seen
        for row, key in enumerate(keys.tolist()):
            if key in known:
                features[start + row] = known[key]
    return fingerprints[places], features[places]


class _Look:
    """Decodes and describes photos, WebP too if there are any."""

    def __init__(self, photo_features):
        self._photo_features = photo_features
        self._decode = {}

    def __call__(self, contents, paths):
        webp = any(content[8:12] == b"WEBP" for content in contents)
        if webp not in self._decode:
            self._decode[webp] = tf.function(
                lambda contents: self._see(contents, webp),
                input_signature=[tf.TensorSpec([None], tf.string)],
                autograph=False,
            )
        features, is_decoded = self._decode[webp](tf.constant(contents))
        if not is_decoded.numpy().all():
            path = paths[int(np.argmin(is_decoded))]
            raise InputError(f"{path}: cannot be decoded.")
        return features.numpy()

    def _see(self, contents, webp):
        pixels, is_decoded = decode_photos(
            contents, self._photo_features.image_size, webp=webp
        )
        features, _ = self._photo_features.describe(pixels, False)
        return features, is_decoded


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}.") from error


def group_of_categories(wardrobe):
    """The group that most items of each category are in.

    Args:
        wardrobe: `Wardrobe`.

    Returns:
        Dict from category to group.
    """
    items = wardrobe.items
    counts = items.groupby(["category", "group"]).size()
    return {
        category: counts[category].idxmax()
        for category in counts.index.unique("category")
    }
