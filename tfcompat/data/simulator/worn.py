"""Draws a whole outfit on somebody, somewhere, and says what is where."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

PHOTO_SIZE = 160
_SCALE = 0.62  # Of a garment, against its picture in the shop.
_SKINS = (
    (247, 220, 200),
    (231, 190, 160),
    (198, 145, 110),
    (141, 95, 65),
    (90, 58, 42),
)
_HAIR = ((30, 24, 22), (84, 56, 36), (150, 110, 60), (120, 120, 122))
_LEAST_ALPHA = 128


def draw_worn(top, bottom, random):
    """Puts a top and a bottom on a figure in front of some background.

    The figure stands off the middle and nearer or farther; hems cover each
    other; behind it are walls and things of any colour. A box holds all of its
    garment, also what is covered, as far as it is in the photo.

    Args:
        top: `PIL.Image` RGBA, as `cut_out_garment` makes it.
        bottom: `PIL.Image` RGBA.
        random: `numpy.random.Generator`.

    Returns:
        Tuple of the photo, `PIL.Image` RGB of 160 x 160 pixels, and a dict of
        `"top"` and `"bottom"` to `(left, top, right, bottom)` in pixels.
    """
    photo = _draw_background(random)
    scale = _SCALE * random.uniform(0.85, 1.12)
    top, bottom = (_scaled(piece, scale) for piece in (top, bottom))
    centre = PHOTO_SIZE / 2 + random.uniform(-28, 28)
    waist = PHOTO_SIZE * random.uniform(0.46, 0.58)
    overlap = scale * random.uniform(4, 14)
    places = {
        "top": _place(top, centre, waist + overlap - top.height),
        "bottom": _place(bottom, centre, waist),
    }
    _draw_figure(photo, places, scale, random)
    order = [("bottom", bottom), ("top", top)]
    if random.random() < 0.3:  # Tucked in.
        order.reverse()
    for name, piece in order:
        photo.paste(piece, places[name][:2], piece)
    return photo, {name: _visible(box) for name, box in places.items()}


def _scaled(piece, scale):
    """The piece without what is empty around it."""
    solid = piece.getchannel("A").point(lambda a: 255 * (a >= _LEAST_ALPHA))
    piece = piece.crop(solid.getbbox())
    width, height = (max(round(side * scale), 1) for side in piece.size)
    return piece.resize((width, height), Image.Resampling.BOX)


def _place(piece, centre, top):
    left, top = round(centre - piece.width / 2), round(top)
    return left, top, left + piece.width, top + piece.height


def _visible(box):
    return tuple(int(np.clip(side, 0, PHOTO_SIZE)) for side in box)


def _draw_background(random):
    """A wall, a floor, and things before them, a little out of focus."""
    wall = random.integers(90, 256, 3) * random.uniform(0.75, 1.0)
    floor = random.integers(40, 220, 3)
    photo = Image.new("RGB", (PHOTO_SIZE, PHOTO_SIZE), _colour(wall))
    draw = ImageDraw.Draw(photo)
    horizon = PHOTO_SIZE * random.uniform(0.65, 0.95)
    draw.rectangle((0, horizon, PHOTO_SIZE, PHOTO_SIZE), fill=_colour(floor))
    for _ in range(random.integers(2, 8)):
        x, y = random.uniform(-20, PHOTO_SIZE, 2)
        width, height = random.uniform(10, 70, 2)
        shape = draw.rectangle if random.random() < 0.6 else draw.ellipse
        colour = _colour(random.integers(0, 256, 3))
        shape((x, y, x + width, y + height), fill=colour)
    return photo.filter(ImageFilter.BoxBlur(random.uniform(0.5, 2.5)))


def _draw_figure(photo, places, scale, random):
    """Head, arms, legs and shoes, where the clothes leave them bare."""
    draw = ImageDraw.Draw(photo)
    skin = _SKINS[random.integers(len(_SKINS))]
    left, neck, right, _ = places["top"]
    centre, unit = (left + right) / 2, 10 * scale
    hips = places["bottom"][1] + 3 * unit
    feet = places["bottom"][1] + 9.6 * unit
    for side in (-1, 1):
        x = centre + side * 1.1 * unit
        limb = round(1.3 * unit)
        draw.line((x, hips, x, feet), fill=skin, width=limb)
        shoe = _colour(random.integers(0, 120, 3))
        draw.ellipse(
            (x - unit, feet - 0.4 * unit, x + unit, feet + 0.6 * unit), shoe
        )
        shoulder = (centre + side * 2.0 * unit, neck + 1.4 * unit)
        hand = (centre + side * 3.4 * unit, hips + 0.6 * unit)
        draw.line((*shoulder, *hand), fill=skin, width=round(0.9 * unit))
    draw.line(
        (centre, neck - unit, centre, neck + 2 * unit),
        fill=skin,
        width=round(1.4 * unit),
    )
    head = (neck - 3.4 * unit, neck - 0.3 * unit)
    hair = _HAIR[random.integers(len(_HAIR))]
    draw.ellipse(
        (centre - 1.5 * unit, head[0] - 0.4 * unit, centre + 1.5 * unit)
        + (head[1] - unit,),
        hair,
    )
    draw.ellipse(
        (centre - 1.2 * unit, head[0], centre + 1.2 * unit, head[1]), skin
    )


def _colour(rgb):
    return tuple(int(value) for value in rgb)
