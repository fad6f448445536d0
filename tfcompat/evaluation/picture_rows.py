"""Pictures of queries and of what was found for them, as papers print them."""

import textwrap

from PIL import Image, ImageDraw, ImageFont, ImageOps

from tfcompat.data.files import atomic_path

_PHOTO = 96
_CELL = 112
_TEXT_ROWS = 4
_TEXT_HEIGHT = 13 * _TEXT_ROWS
_ROW_HEIGHT = _PHOTO + _TEXT_HEIGHT + 12
_TITLE_HEIGHT = 22
_LETTERS = 19  # That fit beneath a photo.
GREEN, RED, GREY = "#1a9641", "#ca0020", "#888888"


def write_picture_rows(sections, path):
    """Writes a PNG of rows of photos.

    Args:
        sections: As `draw_picture_rows` takes them.
        path: The file.

    Raises:
        InputError: If it cannot be written.
    """
    with atomic_path(path) as partial:
        draw_picture_rows(sections).save(partial, "PNG")


def draw_picture_rows(sections):
    """Draws rows of photos.

    Args:
        sections: List of (title, rows); a row is a list of (path of an image,
            text beneath it, colour of its frame or None). A path of None
            leaves a gap, as between query and answers.

    Returns:
        `PIL.Image.Image`.
    """
    width = max((len(row) for _, rows in sections for row in rows), default=1)
    height = sum(
        _TITLE_HEIGHT + _ROW_HEIGHT * len(rows) for _, rows in sections
    )
    sheet = Image.new("RGB", (width * _CELL + 8, height + 8), "white")
    draw = ImageDraw.Draw(sheet)
    top = 4
    for title, rows in sections:
        draw.text((6, top), title, "black", ImageFont.load_default(14))
        top += _TITLE_HEIGHT
        for row in rows:
            for place, (photo, text, colour) in enumerate(row):
                if photo is not None:
                    corner = (8 + place * _CELL, top + 4)
                    _draw(sheet, draw, corner, photo, text, colour)
            top += _ROW_HEIGHT
    return sheet


def _draw(sheet, draw, corner, photo, text, colour):
    left, top = corner
    with Image.open(photo) as image:
        small = ImageOps.pad(
            image.convert("RGB"), (_PHOTO, _PHOTO), color="white"
        )
    sheet.paste(small, corner)
    if colour:
        box = (left - 3, top - 3, left + _PHOTO + 2, top + _PHOTO + 2)
        draw.rectangle(box, outline=colour, width=3)
    lines = textwrap.wrap(text, _LETTERS)[:_TEXT_ROWS]
    for number, line in enumerate(lines):
        draw.text(
            (left, top + _PHOTO + 3 + 13 * number),
            line,
            "black",
            ImageFont.load_default(11),
        )
