"""A wardrobe whose images hold the item alone."""

import csv
import dataclasses
import pathlib

import numpy as np
from PIL import Image, ImageOps

from tfcompat.data.change_files import copy_changes
from tfcompat.data.files import atomic_folder
from tfcompat.data.progress import progress

CROPS_FILE = "crops.csv"
_COLUMNS = ("item_id", "image", "left", "top", "right", "bottom", "confidence")


@dataclasses.dataclass(frozen=True)
class Crop:
    """Where an item is in its photo.

    Attributes:
        box: float `[4]`, left, top, right and bottom as shares of the photo's
            sides.
        confidence: Of the detector, in [0, 1].
    """

    box: np.ndarray
    confidence: float


def crop_wardrobe(wardrobe, crops, out, margin=0.04):
    """Writes a wardrobe whose images are cut to the items' boxes.

    Tables are kept as they are, as is an `attribute_changes.npz`, but every
    item gets an image of its own.
    `crops.csv` keeps the boxes, in pixels of the photo that they were cut
    from; an item without one has its whole image and empty fields there.

    Args:
        wardrobe: `Wardrobe`.
        crops: List of `Crop`, one per item row; None where nothing was found.
        out: Folder to be made; must not exist, or be empty.
        margin: What is kept around a box, as a share of its longer side.

    Returns:
        List of the ids of items of which nothing was found.

    Raises:
        InputError: If `out` exists or cannot be written.
    """
    rows = wardrobe.items[["item_id", "image"]].itertuples(index=False)
    names = _names(wardrobe.items["image"])
    kept = []
    with atomic_folder(out) as folder:
        for (item_id, image), name, crop in progress(
            zip(rows, names, crops, strict=True),
            "Cropping",
            total=len(names),
            unit="image",
        ):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with Image.open(wardrobe.folder / image) as stored:
                photo = ImageOps.exif_transpose(stored)  # As it is looked at.
                box = None
                if crop is not None:
                    box = box_in_pixels(crop.box, photo.size, margin)
                _cut(photo, box).save(target)
            sides = [""] * 4 if box is None else box
            sure = "" if crop is None else f"{crop.confidence:.4f}"
            kept.append((item_id, image, *sides, sure))
        cropped = dataclasses.replace(
            wardrobe, items=wardrobe.items.assign(image=names)
        )
        cropped.save_tables(folder)
        copy_changes(wardrobe.folder, folder)
        with (folder / CROPS_FILE).open("w", newline="", encoding="utf-8") as f:
            writer = csv.writer(f, lineterminator="\n")
            writer.writerow(_COLUMNS)
            writer.writerows(kept)
    return [row[0] for row in kept if row[-1] == ""]


def _names(images):
    """One file name per row: the image's own, numbered where it is taken."""
    counts = {}  # Of names that are taken: how often they were asked for.
    names = []
    for image in images:
        own = path = pathlib.PurePosixPath(image).with_suffix(".png")
        while path in counts:
            counts[own] += 1
            path = own.with_name(f"{own.stem}-{counts[own]}.png")
        counts[path] = 1
        names.append(str(path))
    return names


def box_in_pixels(box, size, margin):
    """A box in whole pixels with its margin, within the photo.

    Args:
        box: float `[4]`, shares of the photo's sides.
        size: Its width and height.
        margin: Share of the box's longer side.

    Returns:
        Tuple of left, top, right and bottom.
    """
    width, height = size
    left, top, right, bottom = np.multiply(box, (width, height) * 2)
    more = margin * max(right - left, bottom - top)
    left, top = max(left - more, 0), max(top - more, 0)
    right, bottom = min(right + more, width), min(bottom + more, height)
    left, top = int(left), int(top)
    # A sliver still is an image.
    return (
        left,
        top,
        max(int(np.ceil(right)), left + 1),
        max(int(np.ceil(bottom)), top + 1),
    )


def _cut(photo, box):
    photo = photo.convert("RGBA" if "A" in photo.getbands() else "RGB")
    return photo if box is None else photo.crop(box)
