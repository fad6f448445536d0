"""Draws a garment to pixels."""

from tfcompat.data.simulator.canvas import Canvas
from tfcompat.data.simulator.casual_bottoms import (
    draw_jeans,
    draw_leggings,
    draw_shorts,
)
from tfcompat.data.simulator.casual_tops import (
    draw_hoodie,
    draw_sweater,
    draw_t_shirt,
    draw_tank_top,
)
from tfcompat.data.simulator.formal_bottoms import draw_chinos, draw_trousers
from tfcompat.data.simulator.formal_tops import (
    draw_blazer,
    draw_blouse,
    draw_shirt,
)
from tfcompat.data.simulator.skirts import draw_skirt

_DRAWERS = {
    "tank top": draw_tank_top,
    "hoodie": draw_hoodie,
    "t-shirt": draw_t_shirt,
    "sweater": draw_sweater,
    "blouse": draw_blouse,
    "shirt": draw_shirt,
    "blazer": draw_blazer,
    "leggings": draw_leggings,
    "shorts": draw_shorts,
    "jeans": draw_jeans,
    "chinos": draw_chinos,
    "skirt": draw_skirt,
    "trousers": draw_trousers,
}
_ZOOM = {"top": 1.07, "bottom": 1.03}


def draw_garment(garment, random):
    """Draws one garment as a shop would photograph it, on a light ground.

    Everything that customers care about shows: colour and pattern, length
    and width, and what makes it casual or formal. Cut, details, pose, light
    and creases vary.

    Args:
        garment: `Garment`.
        random: `numpy.random.Generator` for all that the garment leaves open.

    Returns:
        `PIL.Image` in RGB, 128 x 128 pixels.
    """
    return _lay(garment, random).photograph()


def cut_out_garment(garment, random):
    """Draws one garment without any ground.

    Args:
        garment: `Garment`.
        random: As `draw_garment`; the same one draws the same garment.

    Returns:
        `PIL.Image` in RGBA, 128 x 128 pixels.
    """
    return _lay(garment, random).cut_out()


def _lay(garment, random):
    canvas = Canvas(random, _ZOOM[garment.group])
    _DRAWERS[garment.category](canvas, garment, random)
    return canvas
