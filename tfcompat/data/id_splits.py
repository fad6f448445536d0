"""Which items and which outfits are for training, validation and test."""

import numpy as np
import pandas as pd

from tfcompat.data import splits
from tfcompat.data.errors import InputError

ITEM_FRACTIONS = (0.7, 0.1, 0.2)
OUTFIT_FRACTIONS = (0.7, 0.1, 0.2)
# Key of the manifest that names what carries its part in its id.
PREFIXED = "split_prefixes"


def item_splits(wardrobe):
    """The part that each item belongs to.

    By a hash of its id and the wardrobe's `split_seed`; or, for a data set
    that comes with parts of its own, by the id's beginning.

    Args:
        wardrobe: `Wardrobe`.

    Returns:
        str array `[items]` of "train", "valid" or "test".

    Raises:
        InputError: If ids shall begin with their part, and one does not.
    """
    ids = wardrobe.items["item_id"]
    return _splits(wardrobe, "items", ids, ITEM_FRACTIONS)


def outfit_splits(wardrobe, outfit_ids):
    """The part that each outfit belongs to, found as for items.

    Args:
        wardrobe: `Wardrobe`.
        outfit_ids: Sequence of str `[n]`.

    Returns:
        str array `[n]`.

    Raises:
        InputError: As `item_splits`.
    """
    return _splits(wardrobe, "outfits", outfit_ids, OUTFIT_FRACTIONS)


def _splits(wardrobe, table, ids, fractions):
    if table in wardrobe.manifest.get(PREFIXED, ()):
        return prefixed_splits(ids, f"{wardrobe.folder}: {table}")
    return hashed_splits(ids, wardrobe.split_seed, fractions)


def hashed_splits(ids, seed, fractions):
    """Parts by a hash of the ids; str array `[n]`."""
    hashes = splits.hash_rows([splits.hash_ids(np.asarray(ids, object))], seed)
    return splits.split_by_hash(hashes, fractions).astype(object)


def prefixed_splits(ids, source):
    """Parts that ids begin with; str array `[n]`.

    Raises:
        InputError: If one does not, naming it and its source.
    """
    ids = pd.Series(ids, dtype=object)
    parts = ids.str.partition("-")[0]
    wrong = ~parts.isin(splits.SPLITS)
    if wrong.any():
        raise InputError(
            f"{source}: the id {ids[wrong.idxmax()]!r} must begin with "
            "train-, valid- or test-, as wardrobe.json says."
        )
    return parts.to_numpy(object)
