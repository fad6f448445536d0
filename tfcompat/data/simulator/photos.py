"""Real photos in place of drawings: their attributes as far as measured."""

import logging
import pathlib

import numpy as np
import pandas as pd

from tfcompat.data.errors import InputError
from tfcompat.data.simulator.garments import CATEGORIES
from tfcompat.data.simulator.streams import stream
from tfcompat.data.simulator.traits import PATTERNS, Traits
from tfcompat.data.wardrobe import Wardrobe

logger = logging.getLogger(__name__)

_LAB = ["attr_color_l", "attr_color_a", "attr_color_b"]
_GROUPS = ("top", "bottom")

# Formality, length and fit of what catalogues sell besides `CATEGORIES`.
_KINDS = {
    "undershirt": (0.10, 0.0, 0.20),
    "body": (0.25, 0.2, 0.10),
    "longsleeve": (0.35, 0.9, 0.40),
    "polo": (0.45, 0.3, 0.45),
    "top": (0.45, 0.1, 0.35),
    "outwear": (0.50, 0.9, 0.70),
    "pants": (0.55, 0.9, 0.45),
    **{
        name: (kind.formality, sum(kind.length) / 2, sum(kind.fit) / 2)
        for name, kind in CATEGORIES.items()
    },
}
_UNKNOWN_KIND = (0.5, 0.5, 0.5)
_FITS = {"slim": 0.17, "regular": 0.5, "loose": 0.83}
_LENGTHS = {
    "sleeveless": 0.0,
    "short": 0.3,
    "elbow": 0.57,
    "long": 0.9,
    "mini": 0.12,
    "knee": 0.37,
    "midi": 0.64,
    "full": 0.9,
}


def read_photos(items_csv, count, seed):
    """Reads the tops and bottoms of a wardrobe whose photos shall be voted on.

    The colour is the measured one. The pattern is `attr_pattern` where it
    says something, otherwise "printed" where there is an `attr_color2` and
    "solid" where there is none. Length and fit are those of `attr_length` and
    `attr_fit` where known, otherwise fixed by the category, as the formality
    always is. Categories that are not in the table get .5 of each, and a
    warning names them.

    Args:
        items_csv: Path of `items.csv` in a wardrobe folder.
        count: How many items to sample, as near as can be half of them tops;
            None for all.
        seed: Seed of the sample.

    Returns:
        Tuple of the `Wardrobe` that it is, the chosen items as `pd.DataFrame`
        with the columns of `items.csv`, tops first, and their `Traits`.

    Raises:
        InputError: If the wardrobe cannot be read, has no tops or bottoms,
            fewer than `count` of both, or one without a measured colour.
    """
    path = pathlib.Path(items_csv)
    if path.name != "items.csv" or not path.is_file():
        raise InputError(
            f"--images {path}: is not the items.csv of a wardrobe folder."
        )
    wardrobe = Wardrobe.load(path.parent)
    rows = {
        group: np.flatnonzero(wardrobe.items["group"] == group)
        for group in _GROUPS
    }
    for group, found in rows.items():
        if not len(found):
            raise InputError(f"{path}: no item is in the group {group!r}.")
    items = wardrobe.items.iloc[_choose(path, rows, count, seed)]
    items = items.reset_index(drop=True)
    return wardrobe, items, _measured_traits(path, items)


def _choose(path, rows, count, seed):
    there = sum(map(len, rows.values()))
    count = there if count is None else count
    if count > there:
        raise InputError(
            f"{path}: has {there} tops and bottoms, fewer than --items {count}."
        )
    tops, bottoms = (len(rows[group]) for group in _GROUPS)
    wanted = min(max((count + 1) // 2, count - bottoms), tops)
    chosen = []
    for group, size in zip(_GROUPS, (wanted, count - wanted), strict=True):
        random = stream(seed, f"photos of {group}")
        picked = random.permutation(len(rows[group]))[:size]
        chosen.append(rows[group][np.sort(picked)])
    return np.concatenate(chosen)


def _measured_traits(path, items):
    for column in _LAB:
        if column not in items:
            raise InputError(
                f"{path}, line 1: column {column!r} is missing; the simulator "
                "needs measured colours."
            )
        unknown = pd.to_numeric(items[column], errors="coerce").isna()
        if unknown.any():
            raise InputError(
                f"{path}: item {items['item_id'][unknown.argmax()]!r} has no "
                f"number in column {column!r}; the simulator needs measured "
                "colours."
            )
    kinds = [_kind(name) for name in items["category"]]
    unknown = sorted({n for n in items["category"] if n.lower() not in _KINDS})
    if unknown:
        logger.warning(
            "%s: categories of unknown formality, taken to be middling: %s.",
            path,
            ", ".join(unknown),
        )
    formality, length, fit = np.array(kinds).T
    return Traits(
        lab=np.round(items[_LAB].to_numpy(np.float64), 1),
        pattern=_patterns(items),
        length=_named(items, "attr_length", _LENGTHS, length),
        fit=_named(items, "attr_fit", _FITS, fit),
        formality=formality,
    )


def _kind(category):
    return _KINDS.get(category.lower(), _UNKNOWN_KIND)


def _column(items, name):
    return items[name].astype(str) if name in items else [""] * len(items)


def _patterns(items):
    printed = PATTERNS.index("printed")
    said = _column(items, "attr_pattern")
    second = _column(items, "attr_color2")
    return np.array(
        [
            (PATTERNS.index(name) if name in PATTERNS else printed)
            if name
            else (printed if colour else 0)
            for name, colour in zip(said, second, strict=True)
        ],
        np.int8,
    )


def _named(items, column, values, otherwise):
    said = _column(items, column)
    return np.array(
        [
            values.get(name, fixed)
            for name, fixed in zip(said, otherwise, strict=True)
        ]
    )
