"""Reader of Alexey Grigorev's clothing data set (CC0-1.0).

Photos of garments that people sent in, on real backgrounds, with a class
each: https://github.com/alexeygrigorev/clothing-dataset.
"""

import logging
import pathlib
from concurrent import futures

import numpy as np
import pandas as pd
from PIL import Image

from tfcompat.data.colours import colour_name, measure_colours
from tfcompat.data.errors import InputError
from tfcompat.data.image_files import image_problems
from tfcompat.data.progress import progress
from tfcompat.data.table_lines import walk_csv
from tfcompat.data.table_specs import TableSpec
from tfcompat.data.tables import read_table
from tfcompat.data.wardrobe import Wardrobe

# Every label of the data set that names a kind of garment.
GROUPS = {
    "T-Shirt": "top",
    "Longsleeve": "top",
    "Shirt": "top",
    "Polo": "top",
    "Hoodie": "top",
    "Undershirt": "top",
    "Top": "top",
    "Blouse": "top",
    "Pants": "bottom",
    "Shorts": "bottom",
    "Skirt": "bottom",
    "Outwear": "outer",
    "Blazer": "outer",
    "Dress": "one-piece",
    "Body": "one-piece",
    "Shoes": "shoes",
    "Hat": "accessory",
}
# Labels that say nothing about what the photo shows; such photos are left out.
UNUSABLE = ("Not sure", "Other", "Skip")

_SPEC = TableSpec("items", ("image", "sender_id", "label"), ("kids",))
_LAB = ("attr_color_l", "attr_color_a", "attr_color_b")
_KIDS = {"True": "yes", "False": "no", "": ""}

logger = logging.getLogger(__name__)


def read_clothing(source, limit=None):
    """Reads the data set as a wardrobe.

    A photo's label gives `category` (in lower case) and `group`. Its colours
    are measured: `attr_color`, `attr_color2` (names), `attr_color_l`, `_a`,
    `_b` (CIELAB of the main colour) and `attr_pattern_strength`. `attr_kids`
    says whether it is for children.

    The people who sent the photos become the customers, and each garment
    somebody sent an item vote of 1: they had it in their wardrobe. There is
    no vote of -1 and none on pairs, so this alone trains no compatibility.

    Left out, counted and listed in the log and in the manifest's "left_out":
    photos whose label does not name a garment ("Not sure", "Other", "Skip"),
    and photos that are missing or corrupt.

    Args:
        source: Folder with `items.csv` (image = file stem, sender_id, label,
            kids) and `images/*.jpg`.
        limit: Read only the first so many rows; None for all.

    Returns:
        `Wardrobe` whose folder is `source`; `save` copies its images.

    Raises:
        InputError: If the folder or its table cannot be used, or a label is
            unknown; the message names file, line, column and value.
    """
    source = pathlib.Path(source)
    if not source.is_dir():
        raise InputError(f"{source}: is not a folder.")
    table = read_table(source / "items.csv", _SPEC)
    if table.num_malformed:
        raise InputError(
            f"{table.path}: {table.num_malformed} rows have too few or too "
            "many fields."
        )
    rows = pd.DataFrame(
        {name: column.texts() for name, column in table.columns.items()}
    )[:limit]
    _check_rows(table.path, rows)
    rows, left_out = _leave_out(source, rows)
    measured = pd.DataFrame(_measure(source, rows["image"]))
    items = pd.DataFrame(
        {
            "item_id": rows["image"],
            "image": "images/" + rows["image"] + ".jpg",
            "group": rows["label"].map(GROUPS),
            "category": rows["label"].str.lower(),
        }
    )
    items = pd.concat([items, measured], axis=1)
    if "kids" in rows:
        items["attr_kids"] = rows["kids"].map(_KIDS)
    senders = pd.Index(sorted(rows["sender_id"].unique()))
    votes = pd.DataFrame(
        {
            "customer": senders.get_indexer(rows["sender_id"]).astype(np.int32),
            "item": np.arange(len(rows), dtype=np.int32),
            "vote": np.ones(len(rows), np.int8),
        }
    )
    return Wardrobe.from_frames(
        source,
        items,
        pd.DataFrame({"customer_id": senders.to_numpy(object)}),
        votes,
        manifest={
            "name": "clothing",
            "licence": "CC0-1.0",
            "source": "https://github.com/alexeygrigorev/clothing-dataset",
            "votes": "A vote of 1: this customer sent in this garment.",
            "left_out": left_out,
        },
    )


def _check_rows(path, rows):
    known = {
        "label": [*GROUPS, *UNUSABLE],
        **({"kids": list(_KIDS)} if "kids" in rows else {}),
    }
    wrong = [(name, ~rows[name].isin(values)) for name, values in known.items()]
    plain = rows["image"].str.fullmatch(r"[\w-]+")
    wrong += [("sender_id", rows["sender_id"] == ""), ("image", ~plain)]
    wrong += [("image", rows["image"].duplicated())]
    for column, bad in wrong:
        if bad.any():
            row = int(bad.argmax())
            repeated = column == "image" and plain[row]
            state = "is there twice" if repeated else "is not understood"
            line = next(at for count, at, *_ in walk_csv(path) if count == row)
            raise InputError(
                f"{path}, line {line}, column {column}: "
                f"{rows[column][row]!r} {state}."
            )


def _leave_out(source, rows):
    """The rows that can be used, and why how many of the others cannot."""
    paths = [source / "images" / f"{image}.jpg" for image in rows["image"]]
    unusable = rows["label"].isin(UNUSABLE)
    problems = pd.Series(image_problems(paths), dtype=object)
    left_out = {
        f"label {label!r}": int(count)
        for label, count in rows["label"][unusable].value_counts().items()
    }
    for row in np.flatnonzero((problems != "") & ~unusable):
        logger.warning("%s: left out: %s.", paths[row], problems[row])
    broken = problems[(problems != "") & ~unusable]
    left_out.update(
        (f"image {problem}", int(count))
        for problem, count in broken.value_counts().items()
    )
    for reason, count in left_out.items():
        logger.warning("%s: %d photos left out: %s.", source, count, reason)
    kept = rows[~unusable & (problems == "")].reset_index(drop=True)
    if kept.empty:
        raise InputError(f"{source}: no photo can be used.")
    return kept, left_out


def _measure(source, images):
    """List of dicts, one a photo, of its colour attributes."""

    def measure(image):
        with Image.open(source / "images" / f"{image}.jpg") as photo:
            colours = measure_colours(photo)
        name = colour_name(colours.main)
        second = colours.second and colour_name(colours.second)
        # Adding 0 makes 0.0 of -0.0.
        lab = [round(value, 1) + 0.0 for value in colours.main]
        return {
            "attr_color": name,
            **dict(zip(_LAB, lab, strict=True)),
            # Of the same name, it is but a shade of the first.
            "attr_color2": second if second and second != name else "",
            "attr_pattern_strength": round(colours.pattern_strength, 1),
        }

    with futures.ThreadPoolExecutor() as pool:
        found = pool.map(measure, images)
        return list(progress(found, "Measuring colours", len(images), "photo"))
