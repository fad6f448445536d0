"""Draws chinos and trousers."""

from tfcompat.data.simulator import textures
from tfcompat.data.simulator.bottom_details import (
    STEEL,
    fly,
    legs,
    loops,
    slant_pockets,
    waistband,
)
from tfcompat.data.simulator.curves import (
    circle,
    joined,
    mirrored,
    smooth,
)
from tfcompat.data.simulator.fabric import Fabric
from tfcompat.data.simulator.lower_body import LowerBody

_LEATHERS = ((0.16, 0.12, 0.1), (0.4, 0.24, 0.13), (0.55, 0.36, 0.2))


def draw_chinos(canvas, garment, random):
    """Smooth cotton, slanting pockets, a fly, often a belt."""
    body = LowerBody.cut(garment.length, garment.fit, random)
    corduroy = random.random() < 0.2
    fabric = Fabric.of(garment, random, textures.cords() if corduroy else None)
    legs(canvas, body, fabric, garment, random)
    waistband(canvas, body, fabric.plain(), fabric, 4.0)
    fly(canvas, fabric, body)
    slant_pockets(canvas, body, fabric)
    if random.random() < 0.5:
        leather = _LEATHERS[random.integers(len(_LEATHERS))]
        canvas.patch(body.waistband(3.0) + (0.0, 0.6), leather)
        buckle = [(47.6, 9.2), (52.4, 9.2), (52.4, 13.2), (47.6, 13.2)]
        canvas.line(joined(buckle, buckle[:1]), STEEL, 0.8, 1.0)
    else:
        canvas.patch(circle((50.0, body.top + body.dip + 2.0), 0.9), (0.2,) * 3)
    loops(canvas, body, fabric, 4.2)
    turned_up = random.random() < 0.3
    for hem in (body.hemline(), mirrored(body.hemline())):
        if turned_up:
            cuff = joined(hem, hem[::-1] - (0.0, 3.6))
            canvas.lay(cuff, fabric, light=0.03, volume=0.6)
        height = 3.6 if turned_up else 1.5
        canvas.line(hem - (0.0, height), fabric.seam, 0.45, 0.7)


def draw_trousers(canvas, garment, random):
    """Tailored: pleats, a pressed crease, a hidden button."""
    fit = 0.15 + 0.85 * garment.fit
    body = LowerBody.cut(garment.length, fit, random, ease=0.5)
    body.waist -= 0.8
    fabric = Fabric.of(garment, random)
    legs(canvas, body, fabric, garment, random)
    waistband(canvas, body, fabric.plain(), fabric, random.uniform(3.6, 5.4))
    fly(canvas, fabric, body, thread=fabric.seam)
    light = fabric.shifted(15.0 if fabric.colour[0] < 82 else 2.0).rgb
    for left in (True, False):
        crease = body.crease()
        for offset, colour, alpha in (
            (-0.5, light, 0.7),
            (0.4, fabric.seam, 0.85),
        ):
            line = crease + (offset, 0.0)
            canvas.line(line if left else mirrored(line), colour, 0.6, alpha)
        pocket = smooth(
            (50 - body.waist - 1.2, 21.5), (50 - body.waist + 3, 12)
        )
        pocket = pocket if left else mirrored(pocket)
        canvas.line(pocket, fabric.seam, 0.55, 0.8)
    if random.random() < 0.6:
        for x in (50 - 0.35 * body.waist, 50 - 0.68 * body.waist):
            line = smooth((x, 12.6), (x - 0.6, 20.0))
            canvas.line(line, fabric.seam, 0.6, 0.8)
            canvas.line(mirrored(line), fabric.seam, 0.6, 0.8)
    if random.random() < 0.35:
        leather = _LEATHERS[0]
        canvas.patch(body.waistband(2.6) + (0.0, 0.7), leather)
        canvas.patch(circle((50.0, 11.0), 1.5), STEEL)
