"""One picture of many items, to look at a wardrobe."""

import textwrap

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tfcompat.data.files import atomic_path
from tfcompat.data.progress import progress

_PHOTO = 128
_CELL_WIDTH = 140
_COLUMNS = 10
_TEXT_ROWS = 3
_LINE_HEIGHT = 13
_TEXT_LETTERS = 21  # That fit beneath a photo.
_TITLE_HEIGHT = 30
_CELL_HEIGHT = _PHOTO + _TEXT_ROWS * _LINE_HEIGHT + 10
_INK, _FAINT = "black", (110, 110, 110)


def write_contact_sheet(wardrobe, path, most=200):
    """Writes a PNG of items by group, with id, category and colour beneath.

    Args:
        wardrobe: `Wardrobe` whose images can be opened.
        path: The file.
        most: How many items at most; they are taken evenly spaced from each
            group, and from each group its share, though never none.

    Raises:
        InputError: If the file cannot be written.
        ValueError: If `most` is not positive.
    """
    if most < 1:
        raise ValueError(f"`most` must be positive, got {most}.")
    sections = _choose(wardrobe, most)
    rows = [-(-len(chosen) // _COLUMNS) for _, chosen in sections]
    height = sum(rows) * _CELL_HEIGHT + len(rows) * _TITLE_HEIGHT
    sheet = Image.new("RGB", (_COLUMNS * _CELL_WIDTH, height), "white")
    draw = ImageDraw.Draw(sheet)
    total = sum(len(chosen) for _, chosen in sections)
    with progress(None, "Contact sheet", total, "item") as bar:
        top = 0
        for title, chosen in sections:
            draw.text((6, top + 6), title, _INK, ImageFont.load_default(16))
            top += _TITLE_HEIGHT
            for place, row in enumerate(chosen):
                down, right = divmod(place, _COLUMNS)
                corner = right * _CELL_WIDTH, top + down * _CELL_HEIGHT
                _draw_item(sheet, draw, corner, wardrobe, row)
                bar.update()
            top += -(-len(chosen) // _COLUMNS) * _CELL_HEIGHT
    with atomic_path(path) as partial:
        sheet.save(partial, "PNG")


def _choose(wardrobe, most):
    """List of (title, item rows), one a group."""
    sections = []
    for group, rows in wardrobe.items.groupby("group").indices.items():
        share = round(most * len(rows) / len(wardrobe.items))
        places = np.linspace(0, len(rows) - 1, max(min(share, len(rows)), 1))
        chosen = rows[places.round().astype(int)]
        shown = f"{len(chosen)} of {len(rows)}"
        sections.append((f"{group} ({shown})", chosen.tolist()))
    return sections


def _draw_item(sheet, draw, corner, wardrobe, row):
    left, top = corner
    with Image.open(wardrobe.folder / wardrobe.items["image"][row]) as image:
        photo = image.convert("RGBA")
    photo.thumbnail((_PHOTO, _PHOTO))
    place = (
        left + (_CELL_WIDTH - photo.width) // 2,
        top + (_PHOTO - photo.height) // 2,
    )
    sheet.paste(photo, place, photo)
    font = ImageFont.load_default(11)
    for line, text in enumerate(_caption(wardrobe, row)):
        at = left + 6, top + _PHOTO + 4 + line * _LINE_HEIGHT
        draw.text(at, text, _INK if line else _FAINT, font)


def _caption(wardrobe, row):
    """Id, category, and what is known about it, each a short line."""
    items = wardrobe.items
    known = []
    for name, kind in wardrobe.attributes.items():
        value = items[name][row]
        if kind == "numeric" or value in ("", "no"):
            continue
        known.append(name.removeprefix("attr_") if value == "yes" else value)
    lines = items["item_id"][row], items["category"][row], ", ".join(known)
    return [
        textwrap.shorten(text, _TEXT_LETTERS, placeholder="…")
        if " " in text
        else text[:_TEXT_LETTERS]
        for text in lines
    ]
