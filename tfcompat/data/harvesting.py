"""A wardrobe of what people wear in photos: each photo an outfit."""

import csv
import pathlib

import numpy as np
from PIL import Image, ImageOps

from tfcompat.data.cropping import box_in_pixels
from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_folder
from tfcompat.data.manifest import write_manifest
from tfcompat.data.progress import progress
from tfcompat.data.wardrobe import Wardrobe

_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")


def list_photos(folder):
    """All photos in a folder and below, sorted.

    Raises:
        InputError: If it is no folder or holds none.
    """
    folder = pathlib.Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: is not a folder of photos.")
    photos = sorted(
        path for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS
    )
    if not photos:
        raise InputError(f"{folder}: holds no photo ({', '.join(_ENDINGS)}).")
    return photos


def harvest_outfits(photos, garments, out, *, margin=0.04, source="photos"):
    """Writes a wardrobe whose items are cut out of photos of whole outfits.

    What is worn together is taken to go together: pseudo-compatible pairs, of
    which nobody has said so (MEDAL's distant supervision). A photo in which
    fewer than two kinds were found gives nothing. Of the items nothing is
    known but their kind, which is their group and category.

    Args:
        photos: List of n paths.
        garments: List of n dicts from a kind to the box of its surest
            garment, float `[4]`, shares of the photo's sides.
        out: Folder to be made; must not exist, or be empty.
        margin: What is kept around a box, as a share of its longer side.
        source: What the manifest says the photos are from.

    Returns:
        Tuple of the numbers of outfits and of items, and the list of paths
        that gave nothing.

    Raises:
        InputError: If no photo has two kinds, or `out` cannot be written.
    """
    skipped = [
        path
        for path, found in zip(photos, garments, strict=True)
        if len(found) < 2
    ]
    if len(skipped) == len(photos):
        raise InputError(
            f"{source}: in none of {len(photos)} photos garments of two kinds "
            "were found; lower --confidence."
        )
    items, outfits = [], []
    with atomic_folder(out) as folder:
        (folder / "images").mkdir()
        for number, (path, found) in enumerate(
            progress(
                zip(photos, garments, strict=True),
                "Cutting out outfits",
                total=len(photos),
                unit="photo",
            )
        ):
            if len(found) < 2:
                continue
            with Image.open(path) as stored:
                photo = ImageOps.exif_transpose(stored).convert("RGB")
            for kind, box in sorted(found.items()):
                item_id = f"photo-{number + 1:05d}-{kind}"
                image = f"images/photo-{number + 1:05d}-{len(items)}.png"
                box = box_in_pixels(box, photo.size, margin)
                photo.crop(box).save(folder / image)
                items.append((item_id, image, kind, kind))
                outfits.append((f"photo-{number + 1:05d}", "", item_id))
        _write(folder / "items.csv", "item_id,image,group,category", items)
        _write(folder / "outfits.csv", "outfit_id,customer_id,item_id", outfits)
        manifest = {
            "name": "harvested",
            "licence": "unknown",
            "source": f"tfcompat harvest of {source}",
        }
        write_manifest(folder, manifest)
        summary = Wardrobe.load(folder).summary  # It is a valid one.
        write_manifest(folder, {**manifest, **summary})
    return len(photos) - len(skipped), len(items), skipped


def join_wardrobes(wardrobe, other):
    """Puts the items of another wardrobe behind a wardrobe's own.

    Votes, customers, outfits and questions are the first one's.

    Args:
        wardrobe: `Wardrobe`.
        other: `Wardrobe`; its item ids may occur in the first one, too.

    Returns:
        `Wardrobe` in memory: rows of the first keep their numbers, those of
        the second begin at `len(wardrobe.items)`.
    """
    taken = set(wardrobe.items["item_id"])
    added = other.items.assign(
        item_id=[
            f"{other.folder.name}/{name}" if name in taken else name
            for name in other.items["item_id"]
        ],
        image=[str(path.absolute()) for path in other.image_paths],
    )
    both = {}
    for name, column in wardrobe.items.items():
        is_text = column.dtype == object
        blank = np.full(len(added), "" if is_text else np.nan, object)
        tail = added[name].to_numpy(object) if name in added else blank
        joined = np.concatenate([column.to_numpy(object), tail])
        both[name] = joined if is_text else joined.astype(np.float64)
    return Wardrobe.from_frames(
        wardrobe.folder,
        type(wardrobe.items)(both),
        wardrobe.customers,
        wardrobe.item_votes,
        wardrobe.pair_votes,
        wardrobe.outfits,
        wardrobe.questions,
        wardrobe.manifest,
    )


def _write(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)
