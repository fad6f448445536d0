"""Reads boxes annotated in the style of COCO."""

import json
import pathlib

import numpy as np

from tfcompat.data.boxed_photos import BoxedPhotos
from tfcompat.data.errors import InputError
from tfcompat.data.tables import LFS_POINTER

_SLACK = 2.0  # Pixels by which tools let boxes stand over.


def read_coco(path, folder=None):
    """Reads photos and boxes, whatever made them, in COCO's object format.

    `images` give `id`, `file_name`, `width` and `height`; `annotations` give
    `image_id`, `category_id` and `bbox` as left, top, width and height in
    pixels; `categories` give `id` and `name`. Annotations of crowds are no
    boxes around one thing and left out, as usual; photos without a box stay.

    Args:
        path: The JSON file.
        folder: Where `file_name` is looked for; by default the file's folder.

    Returns:
        `BoxedPhotos`, in the order of `images`; names in that of `categories`.

    Raises:
        InputError: If something is missing, defined twice, out of place or
            unreadable; it names the file and the entry.
    """
    path = pathlib.Path(path)
    folder = path.parent if folder is None else pathlib.Path(folder)
    content = _read(path)
    categories = _by_id(path, content, "categories", ("name",))
    images = _by_id(path, content, "images", ("file_name", "width", "height"))
    label_of = {key: label for label, key in enumerate(categories)}
    boxes = {key: [] for key in images}
    for place, entry in enumerate(_entries(path, content, "annotations")):
        where = f"{path}: annotation {entry.get('id', f'number {place + 1}')!r}"
        if entry.get("iscrowd"):
            continue
        for name, known in (("image_id", images), ("category_id", categories)):
            if entry.get(name) not in known:
                raise InputError(
                    f"{where}: {name} {entry.get(name)!r} is not defined."
                )
        image = images[entry["image_id"]]
        box = _box(where, entry.get("bbox"), image["width"], image["height"])
        boxes[entry["image_id"]].append((box, label_of[entry["category_id"]]))
    paths = []
    for key, image in images.items():
        file = folder / image["file_name"]
        if not file.is_file():
            raise InputError(f"{path}: image {key!r}: {file} does not exist.")
        paths.append(file)
    return BoxedPhotos(
        paths=paths,
        sizes=np.array([(i["width"], i["height"]) for i in images.values()]),
        boxes=[
            np.array([box for box, _ in found]).reshape(-1, 4)
            for found in boxes.values()
        ],
        labels=[
            np.array([label for _, label in found], np.int32)
            for found in boxes.values()
        ],
        names=tuple(entry["name"] for entry in categories.values()),
    )


def _read(path):
    try:
        text = path.read_text(encoding="utf-8")
        if text.startswith(LFS_POINTER.decode()):
            raise InputError(
                f"{path}: is a Git LFS pointer, not the file itself."
            )
        content = json.loads(text)
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}.") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: is not a JSON object.")
    return content


def _entries(path, content, name):
    entries = content.get(name)
    if not isinstance(entries, list) or not all(
        isinstance(entry, dict) for entry in entries
    ):
        raise InputError(f"{path}: {name!r} is not a list of objects.")
    return entries


def _by_id(path, content, name, needed):
    entries = {}
    for place, entry in enumerate(_entries(path, content, name)):
        for key in ("id", *needed):
            if key not in entry:
                raise InputError(
                    f"{path}: {name} number {place + 1} has no {key!r}."
                )
        for key in ("width", "height"):
            if key in needed and not _is_positive(entry[key]):
                raise InputError(
                    f"{path}: image {entry['id']!r}: {key} {entry[key]!r} is "
                    "no positive number."
                )
        if entry["id"] in entries:
            raise InputError(f"{path}: {name} {entry['id']!r} occurs twice.")
        entries[entry["id"]] = entry
    if not entries:
        raise InputError(f"{path}: {name!r} is empty.")
    return entries


def _box(where, box, width, height):
    """Shares of width and height; `InputError` unless it is in the photo."""
    if (
        not isinstance(box, list)
        or len(box) != 4
        or not all(isinstance(side, (int, float)) for side in box)
        or not _is_positive(box[2])
        or not _is_positive(box[3])
    ):
        raise InputError(f"{where}: bbox {box!r} is no box.")
    left, top = box[:2]
    right, bottom = left + box[2], top + box[3]
    if (
        min(left, top) < -_SLACK
        or right > width + _SLACK
        or bottom > height + _SLACK
    ):
        raise InputError(
            f"{where}: bbox {box!r} is not within {width} x {height} pixels."
        )
    shares = (left / width, top / height, right / width, bottom / height)
    return tuple(min(max(share, 0.0), 1.0) for share in shares)


def _is_positive(value):
    return isinstance(value, (int, float)) and value > 0
