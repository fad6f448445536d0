"""A wardrobe's triplets and queries: those it brings, or those of the rule."""

import hashlib

import numpy as np

from tfcompat.data import change_files
from tfcompat.data.attribute_changes import (
    draw_attribute_triplets,
    find_attribute_queries,
)
from tfcompat.data.attribute_labels import (
    encode_attribute_labels,
    read_attribute_labels,
)
from tfcompat.data.change_files import AttributeChanges
from tfcompat.data.errors import InputError
from tfcompat.data.id_splits import item_splits


def read_wardrobe_labels(wardrobe, attributes=()):
    """What every item of a wardrobe is, attribute by attribute.

    Changes are counted by the places of values. Where the wardrobe brings an
    `attribute_changes.npz`, all its attributes and values are therefore taken,
    those that hardly an item has among them.

    Args:
        wardrobe: `Wardrobe`.
        attributes: As for `read_attribute_labels`, which reads those that are
            named in any case.

    Returns:
        `AttributeLabels`.

    Raises:
        InputError: If the items' attributes do not suffice.
    """
    if attributes or not _brings_changes(wardrobe):
        return read_attribute_labels(wardrobe.items, attributes)
    return encode_attribute_labels(
        wardrobe.items, _load_changes(wardrobe).values
    )


def has_attributes(wardrobe):
    """Whether items differ in the two attributes that ADDE needs at least."""
    if _brings_changes(wardrobe):
        return True
    try:
        read_attribute_labels(wardrobe.items)
    except InputError:  # There is no other, as no attribute is named.
        return False
    return True


def make_attribute_changes(
    wardrobe,
    *,
    attributes=(),
    changes=(1,),
    per_item=1,
    most_queries=5000,
    seed=0,
):
    """Makes what attribute manipulation learns from and is measured by.

    A wardrobe that brings an `attribute_changes.npz`, as an imported data set
    does, is taken at its word. Otherwise triplets are drawn of the training
    items; queries, whose exact target is known to be there, of the validation
    and of the test items, each among themselves.

    Args:
        wardrobe: `Wardrobe`.
        attributes: As for `read_attribute_labels`.
        changes: How many attributes change at once; several numbers mix.
        per_item: Triplets of each training item.
        most_queries: Queries of a part at most.
        seed: Of triplets, and of which queries are kept.

    Returns:
        `AttributeChanges`.

    Raises:
        InputError: If the items' attributes do not suffice.
    """
    if _brings_changes(wardrobe):
        return _load_changes(wardrobe)
    labels = read_attribute_labels(wardrobe.items, attributes)
    splits = item_splits(wardrobe)
    try:
        triplets = draw_attribute_triplets(
            labels,
            np.flatnonzero(splits == "train"),
            per_item=per_item,
            changes=changes,
            seed=seed,
        )
    except ValueError as error:
        raise InputError(f"{wardrobe.folder}: {error}") from error
    queries = {}
    for split in ("valid", "test"):
        rows = np.flatnonzero(splits == split)
        parts = [
            find_attribute_queries(
                labels, rows, changes=n, most=most_queries, seed=seed
            )
            for n in sorted(set(changes))
        ]
        queries[split] = _join(parts, rows)
    made = (triplets, *queries.values())
    digest = hashlib.sha256()
    for part in made:
        for array in vars(part).values():
            digest.update(np.ascontiguousarray(array).tobytes())
    manifest = {
        "rule": "tfcompat.data.attribute_changes",
        "seed": seed,
        "split_seed": wardrobe.split_seed,
        "changes": list(changes),
        "per_item": per_item,
        "attributes": {n: len(v) for n, v in labels.values.items()},
        "attributes_left_out": labels.left_out,
        "items": {s: int((splits == s).sum()) for s in ("train", *queries)},
        "triplets": len(triplets),
        "queries": {split: len(part) for split, part in queries.items()},
        "sha256": digest.hexdigest(),
    }
    return AttributeChanges(labels.values, triplets, queries, manifest)


def _brings_changes(wardrobe):
    return (wardrobe.folder / change_files.NAME).exists()


def _load_changes(wardrobe):
    return AttributeChanges.load(wardrobe.folder, wardrobe.items["item_id"])


def _join(parts, gallery):
    columns = [
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("reference", "change", "target")
    ]
    return type(parts[0])(*columns, gallery.astype("int32"))
