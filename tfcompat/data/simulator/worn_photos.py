"""Photos of garments that are worn, with boxes, beside or in a wardrobe."""

import json

import numpy as np

from tfcompat.data.progress import progress
from tfcompat.data.simulator.drawing import cut_out_garment
from tfcompat.data.simulator.streams import stream
from tfcompat.data.simulator.worn import PHOTO_SIZE, draw_worn

WORN_FILE = "worn.json"
ITEM_BOXES_FILE = "item_boxes.json"
_OFFERED = 8


def choose_worn(world, tops, bottoms, count, seed):
    """Which outfits are seen: tops, each with the best of eight bottoms.

    People in photos know the notions that everybody shares, as stylists do.

    Args:
        world: `World`.
        tops: int array, rows of tops.
        bottoms: int array, rows of bottoms.
        count: Number of outfits.
        seed: Seed of the world.

    Returns:
        int `[count, 2]`, rows of top and bottom.
    """
    random = stream(seed, "worn outfits")
    top = random.choice(tops, count)
    offered = random.choice(bottoms, (count, _OFFERED))
    best = world.stylist_score(top[:, None], offered).argmax(axis=1)
    return np.stack([top, offered[np.arange(count), best]], axis=1)


def write_worn_photos(folder, items, garments, outfits, seed):
    """Draws outfits as worn, into `worn/`, with their boxes in `worn.json`.

    Args:
        folder: `pathlib.Path` of the wardrobe that is being made.
        items: `pd.DataFrame` with the columns of `items.csv`.
        garments: List of `Garment`, one a row.
        outfits: int `[n, 2]`, rows of top and bottom.
        seed: Seed of the world.
    """
    (folder / "worn").mkdir()
    names = [f"worn/worn-{i + 1:05d}.png" for i in range(len(outfits))]
    _write(folder, WORN_FILE, names, items, garments, outfits, seed)


def write_worn_items(folder, items, garments, seed):
    """Draws every item as worn with any other, in place of its picture.

    As on many a shop's photos, where a model wears more than the item that is
    for sale. The boxes of both garments are in `item_boxes.json`.

    Args:
        folder: `pathlib.Path` of the wardrobe that is being made.
        items: `pd.DataFrame` with the columns of `items.csv`.
        garments: List of `Garment`, one a row.
        seed: Seed of the world.
    """
    random = stream(seed, "worn with")
    rows = {
        group: np.flatnonzero([g.group == group for g in garments])
        for group in ("top", "bottom")
    }
    outfits = [
        (row, random.choice(rows["bottom"]))
        if garment.group == "top"
        else (random.choice(rows["top"]), row)
        for row, garment in enumerate(garments)
    ]
    names = items["image"].tolist()
    _write(folder, ITEM_BOXES_FILE, names, items, garments, outfits, seed)


def _write(folder, boxes_file, names, items, garments, outfits, seed):
    groups = ("top", "bottom")
    annotations = []
    for number, (name, outfit) in enumerate(
        progress(
            zip(names, outfits, strict=True),
            "Drawing worn outfits",
            total=len(names),
            unit="photo",
        )
    ):
        ids = [items["item_id"].iloc[row] for row in outfit]
        pieces = [
            cut_out_garment(garments[row], stream(seed, f"drawing {item_id}"))
            for row, item_id in zip(outfit, ids, strict=True)
        ]
        photo, boxes = draw_worn(*pieces, stream(seed, f"photo {name}"))
        photo.save(folder / name)
        for label, (group, item_id) in enumerate(zip(groups, ids, strict=True)):
            left, top, right, bottom = boxes[group]
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number + 1,
                    "category_id": label + 1,
                    "bbox": [left, top, right - left, bottom - top],
                    "area": (right - left) * (bottom - top),
                    "iscrowd": 0,
                    "item_id": item_id,
                }
            )
    content = {
        "images": [
            {
                "id": number + 1,
                "file_name": name,
                "width": PHOTO_SIZE,
                "height": PHOTO_SIZE,
            }
            for number, name in enumerate(names)
        ],
        "annotations": annotations,
        "categories": [
            {"id": label + 1, "name": group}
            for label, group in enumerate(groups)
        ],
    }
    text = json.dumps(content, indent=1) + "\n"
    (folder / boxes_file).write_text(text, encoding="utf-8")
