"""Draws leggings, shorts and jeans."""

import numpy as np

from tfcompat.data.simulator import textures
from tfcompat.data.simulator.bottom_details import (
    denim_details,
    fly,
    legs,
    loops,
    slant_pockets,
    stitching,
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


def draw_leggings(canvas, garment, random):
    """Skin-tight and stretchy, with a broad elastic band."""
    body = LowerBody.cut(garment.length, 0.0, random, ease=14 * garment.fit - 2)
    body.waist, body.hip = 12.6, 15.4 + 6.0 * garment.fit
    fabric = Fabric.of(garment, random)
    legs(canvas, body, fabric, garment, random, tight=True)
    for left in (True, False):  # Stretched cloth shines along the shin.
        line = body.outer()[-18:] + (0.42 * body.knee, 0.0)
        line = line if left else mirrored(line)
        canvas.line(line, fabric.shifted(14.0).rgb, 1.6, 0.28)
    band = fabric.shifted(-9.0 if fabric.colour[0] > 25 else 9.0)
    band = band if random.random() < 0.5 else fabric.plain()
    waistband(canvas, body, band, fabric, random.uniform(4.0, 8.5))
    if random.random() < 0.35:  # A panel down the side.
        stripe = fabric.shifted(32.0 if fabric.colour[0] < 55 else -32.0).rgb
        for line in (body.outer()[6:], mirrored(body.outer()[6:])):
            side = 1.0 if line[0, 0] < 50 else -1.0
            canvas.line(line + (1.6 * side, 0.0), stripe, 1.2, 0.9)
    for hem in (body.hemline(), mirrored(body.hemline())):
        canvas.line(hem - (0.0, 1.5), fabric.seam, 0.4, 0.6)


def draw_shorts(canvas, garment, random):
    """Short legs: sporty with a cord, of denim, with turn-ups or cargo."""
    style = random.integers(4)
    body = LowerBody.cut(
        garment.length, 0.25 + 0.75 * garment.fit, random, ease=1.5
    )
    texture = textures.grain(random, 0.06) if style == 1 else None
    fabric = Fabric.of(garment, random, texture)
    legs(canvas, body, fabric, garment, random)
    if style == 0:
        rib = fabric.plain(textures.ribs(1.9, 0.15))
        waistband(canvas, body, rib, fabric, 4.6)
        cord = fabric.shifted(40.0 if fabric.colour[0] < 60 else -40.0).rgb
        for side in (-1.0, 1.0):
            line = smooth((50, 13), (50 + 2 * side, 18), (50 + 1.4 * side, 24))
            canvas.line(line, cord, 0.8, 1.0)
        for line in (body.outer()[6:], mirrored(body.outer()[6:])):
            side = 1.0 if line[0, 0] < 50 else -1.0
            canvas.line(line + (1.5 * side, 0.0), cord, 1.2, 0.85)
        return
    waistband(canvas, body, fabric.plain(texture), fabric, 4.0)
    fly(canvas, fabric, body)
    if style == 1:
        denim_details(canvas, body, fabric)
    else:
        slant_pockets(canvas, body, fabric)
        loops(canvas, body, fabric, 4.0)
    for hem in (body.hemline(), mirrored(body.hemline())):
        if style == 2:
            cuff = joined(hem, hem[::-1] - (0.0, 4.2))
            canvas.lay(cuff, fabric, light=0.04, volume=0.6)
            canvas.line(hem - (0.0, 4.2), fabric.seam, 0.6, 0.8)
        else:
            canvas.line(hem - (0.0, 1.8), fabric.seam, 0.4, 0.65)
    if style == 3 and body.bottom > body.crotch + 14.0:
        _cargo_pockets(canvas, body, fabric)


def draw_jeans(canvas, garment, random):
    """Uneven dye, faded thighs, contrast stitching, rivets."""
    cut = random.integers(3) if garment.fit < 0.75 else 0
    flare = (0.0, 0.0, random.uniform(3.0, 7.0))[cut]
    body = LowerBody.cut(garment.length, garment.fit, random, flare=flare)
    fabric = Fabric.of(garment, random, textures.grain(random, 0.07))
    legs(canvas, body, fabric, garment, random)
    if random.random() < 0.6 and fabric.colour[0] > 15:
        fade = fabric.shifted(20.0).rgb
        for left in (True, False):
            middle = (50.0 - body.gap(48.0) - 0.5 * body.width(48.0), 48.0)
            for radius, alpha in ((5.0, 0.08), (3.6, 0.09), (2.2, 0.10)):
                spot = circle((0.0, 0.0), radius) * (1.0, 2.7) + middle
                canvas.patch(spot if left else mirrored(spot), fade, alpha)
    waistband(canvas, body, fabric.plain(fabric.texture), fabric, 4.0)
    fly(canvas, fabric, body)
    denim_details(canvas, body, fabric)
    loops(canvas, body, fabric, 4.0)
    turned_up = random.random() < 0.3
    thread = stitching(fabric)
    for left in (True, False):
        hem = body.hemline() if left else mirrored(body.hemline())
        if turned_up:
            cuff = joined(hem + (0, 0.4), hem[::-1] - (0.0, 4.0))
            pale = fabric.shifted(18.0 if fabric.colour[0] < 75 else -12.0)
            canvas.lay(cuff, pale, volume=0.6)
            canvas.line(hem - (0.0, 4.0), fabric.seam, 0.5, 0.8)
        else:
            canvas.line(hem - (0.0, 1.6), thread, 0.4, 0.7)
    if random.random() < 0.2 and garment.fit > 0.2:  # Torn at the knees.
        for left in (True, False):
            y = random.uniform(58.0, 70.0)
            x = 50.0 - body.gap(y) - 0.5 * body.width(y)
            x = x if left else 100.0 - x
            for step in range(3):
                tear = ((x - 2.6, y + 1.5 * step), (x + 2.6, y + 1.5 * step))
                canvas.line(tear, (0.93, 0.92, 0.9), 0.7, 0.75)


def _cargo_pockets(canvas, body, fabric):
    y = body.crotch + 3.0
    for left in (True, False):
        x = 50.0 - body.gap(y) - 0.86 * body.width(y)
        box = [(x - 1, y), (x + 7, y), (x + 7, y + 9), (x - 1, y + 9)]
        box = np.array(box) if left else mirrored(box)
        canvas.lay(box, fabric, light=0.02, volume=0.7)
        canvas.line(joined(box, box[:1]), fabric.seam, 0.5, 0.8)
        flap = np.array([(x - 1, y + 2.6), (x + 7, y + 2.6)])
        canvas.line(flap if left else mirrored(flap), fabric.seam, 0.6, 0.8)
