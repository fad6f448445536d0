"""What MEDAL learns from, beside a wardrobe's own outfits."""

import dataclasses

import numpy as np
import tensorflow as tf

from tfcompat.data.errors import InputError
from tfcompat.data.harvesting import join_wardrobes
from tfcompat.data.outfit_pairs import outfit_pairs
from tfcompat.data.questions import Questions
from tfcompat.data.splits import SPLITS
from tfcompat.data.wardrobe import Wardrobe

_BATCH = 64


def with_worn(folder, wardrobe, pairs):
    """Adds items and pairs of a harvested wardrobe, all of them to learn from.

    A kind of garment that is a category of the wardrobe is taken for that, and
    its group for the group; any other must be a group.

    Args:
        folder: Folder that `tfcompat harvest` made.
        wardrobe: `Wardrobe`.
        pairs: `Questions` `[n, 1]` of its outfits.

    Returns:
        The joined `Wardrobe` and the joined `Questions`.

    Raises:
        InputError: If the harvest has groups that the wardrobe has not.
    """
    worn = _with_groups(Wardrobe.load(folder), wardrobe)
    strangers = sorted(set(worn.groups) - set(wardrobe.groups))
    if strangers:
        raise InputError(
            f"{folder}: has items of the group {strangers[0]!r}, which "
            f"{wardrobe.folder} has not."
        )
    added = outfit_pairs(worn, SPLITS)
    first = len(wardrobe.items)
    joined = Questions(
        np.concatenate([pairs.customer, added.customer]),
        np.concatenate([pairs.query, added.query + first]),
        np.concatenate([pairs.candidates, added.candidates + first]),
        np.concatenate([pairs.labels, added.labels]),
    )
    return join_wardrobes(wardrobe, worn), joined


def _with_groups(worn, wardrobe):
    """The harvest, with categories in the groups that they usually are in."""
    items = wardrobe.items
    group_of = items.groupby("category")["group"].agg(
        lambda groups: groups.mode()[0]
    )
    kinds = worn.items["category"]
    groups = kinds.map(group_of).fillna(worn.items["group"])
    return dataclasses.replace(worn, items=worn.items.assign(group=groups))


def count_colours(colour, images):
    """Histograms of all items' garments, counted once.

    Args:
        colour: `ColourEmbedding`.
        images: `ImageStore`.

    Returns:
        float32 `[items, bins]`.
    """
    count = tf.function(colour.count, reduce_retracing=True)
    return np.concatenate(
        [
            count(images.batch(tf.range(i, min(i + _BATCH, len(images)))))
            for i in range(0, len(images), _BATCH)
        ]
    )


def with_item_tables(tables):
    """Returns a function that adds what is known of items to a batch's inputs.

    Args:
        tables: Dict from the name of an input to float `[items, f]`.

    Returns:
        Function of `(inputs, labels)` for `tf.data.Dataset.map`.
    """
    tables = {
        name: tf.constant(np.asarray(found, np.float32))
        for name, found in tables.items()
    }

    def add(inputs, labels):
        rows = inputs["item_rows"]
        found = {name: tf.gather(t, rows) for name, t in tables.items()}
        return {**inputs, **found}, labels

    return add
