"""Draws tank tops, t-shirts, sweaters and hoodies."""

from tfcompat.data.simulator import textures
from tfcompat.data.simulator.curves import circle, joined, mirrored, smooth
from tfcompat.data.simulator.fabric import Fabric
from tfcompat.data.simulator.top_details import (
    hem_band,
    hem_stitch,
    neckband,
    patch_pocket,
    sleeves,
    torso,
)
from tfcompat.data.simulator.upper_body import UpperBody, torso_folds

_STEEL = (0.6, 0.6, 0.62)


def draw_tank_top(canvas, garment, random):
    """Straps and deep armholes: a camisole, a singlet or a wide one."""
    body = UpperBody.cut(garment.fit, random)
    style = random.integers(3)
    fabric = Fabric.of(garment, random)
    body.bottom = random.uniform(66.0, 86.0)
    body.armpit += 2.0
    trim = fabric.shifted(random.choice([-14.0, 12.0])).rgb
    folds = torso_folds(body, garment.fit, random)
    if style == 0:
        body.hem += 3.0 * garment.fit
        strap = random.uniform(7.0, 9.5)
        dip = random.uniform(-1.0, 5.0)
        edge = smooth(
            (50.0 - body.chest, body.armpit),
            (50.0 - 0.5 * (strap + body.chest), 30.5),
            (50.0 - strap, 27.0),
            (50.0 - 0.45 * strap, 29.0 + 0.6 * dip),
            (50.0, 29.5 + dip),
        )
        edge = joined(edge, mirrored(edge[:-1]))
        for side in (-1.0, 1.0):
            line = smooth(
                (50 + side * (strap - 1.5), 14), (50 + side * strap, 28)
            )
            canvas.patch(_ribbon(line, 0.75), trim)
        canvas.lay(
            joined(
                edge[::-1], body.side(), body.hemline(), mirrored(body.side())
            ),
            fabric,
            folds=folds,
        )
        canvas.line(edge, trim, width=1.1, alpha=0.9)
    else:
        body.shoulder = (11.5, 14.5)[style - 1] + random.uniform(-0.8, 0.8)
        body.neck = body.shoulder - (3.6, 6.0)[style - 1]
        body.neck_depth = random.uniform(9.0, 18.0)
        canvas.lay(body.back_neck(), fabric.plain(), light=-0.24, volume=0.3)
        canvas.lay(body.torso(), fabric, folds=folds)
        for edge in (body.neckline(), body.armhole(), mirrored(body.armhole())):
            canvas.line(edge, trim, width=1.3, alpha=0.9)
    hem_stitch(canvas, body, fabric)


def draw_t_shirt(canvas, garment, random):
    """Short sleeves, a ribbed neck or a V, at times a chest pocket."""
    body = UpperBody.cut(garment.fit, random)
    fabric = Fabric.of(garment, random)
    body.pointed = random.random() < 0.35
    body.neck_depth = random.uniform(8.0, 13.0) if body.pointed else 5.5
    canvas.lay(body.back_neck(), fabric.plain(), light=-0.24, volume=0.3)
    sleeves(canvas, body, garment.length, fabric, random)
    torso(canvas, body, fabric, garment, random)
    trim = fabric.plain() if random.random() < 0.5 else fabric.shifted(-12.0)
    neckband(canvas, body, trim, 2.0)
    for left in (True, False):
        outer, inner = body.sleeve(garment.length, left)
        close = (outer[-2], inner[-2])
        canvas.line(close, fabric.seam, 0.4, 0.5)
    hem_stitch(canvas, body, fabric)
    if random.random() < 0.3:
        patch_pocket(canvas, fabric, 57.0, body.armpit + 1.0, 7.5)


def draw_sweater(canvas, garment, random):
    """Knitted, with ribbed bands; crew neck, V or turtleneck."""
    body = UpperBody.cut(garment.fit, random)
    texture = (
        textures.ribs(2.6, 0.09),
        textures.cables(random.uniform(8.0, 11.0)),
        textures.chunky(random.uniform(2.8, 4.0)),
    )[random.integers(3)]
    fabric = Fabric.of(garment, random, texture)
    rib = fabric.plain(textures.ribs(1.9, 0.16))
    neck = random.integers(3)
    body.pointed = neck == 1
    body.neck_depth = (5.0, 13.0, 4.0)[neck]
    body.bottom -= 2.0
    canvas.lay(body.back_neck(), rib, light=-0.26, volume=0.3)
    sleeves(canvas, body, garment.length, fabric, random, cuff=rib)
    torso(canvas, body, fabric, garment, random)
    hem_band(canvas, body, rib, 5.0)
    if neck == 2:
        high = body.neck - 0.6
        collar = joined(
            smooth((50 - high, 7.5), (50, 6.6), (50 + high, 7.5)),
            [(50 + body.neck, body.top)],
            body.neckline()[::-1],
            [(50 - body.neck, body.top)],
        )
        canvas.lay(collar, rib, volume=1.4)
        roll = smooth((50 - high, 10.5), (50, 12.6), (50 + high, 10.5))
        canvas.line(roll, fabric.seam, 0.6, 0.5)
    else:
        neckband(canvas, body, rib, 3.0)


def draw_hoodie(canvas, garment, random):
    """A hood, a pouch and drawstrings; at times a zip."""
    body = UpperBody.cut(min(1.0, garment.fit + 0.1), random)
    fabric = Fabric.of(garment, random)
    plain = fabric.plain()
    rib = fabric.plain(textures.ribs(1.8, 0.14))
    body.neck, body.neck_depth = 7.6, 9.0
    hood = smooth(
        (37.5, 20.0), (37.0, 14.5), (42.6, 8.8), (50, 7.6),
        (57.4, 8.8), (63.0, 14.5), (62.5, 20.0),
    )  # fmt: skip
    sleeves(canvas, body, garment.length, fabric, random, cuff=rib)
    torso(canvas, body, fabric, garment, random)
    hem_band(canvas, body, rib, 5.5)
    edge = smooth((62.5, 20.0), (57.0, 24.0), (50.0, 25.8))
    canvas.lay(joined(hood, edge, mirrored(edge)), plain, volume=1.5)
    opening = smooth(
        (50.0, 24.0), (44.2, 20.0), (42.4, 15.5), (45.0, 11.6), (50.0, 10.6)
    )
    canvas.lay(
        joined(opening, mirrored(opening)), plain, light=-0.32, volume=0.8
    )
    canvas.line(joined(opening, mirrored(opening)), fabric.seam, 0.5, 0.6)
    low = body.bottom - 5.5
    wide = 0.62 * body.hem
    pouch = [
        (50 - 0.62 * wide, low - 17), (50 + 0.62 * wide, low - 17),
        (50 + wide, low - 6), (50 + wide, low), (50 - wide, low),
        (50 - wide, low - 6),
    ]  # fmt: skip
    if random.random() < 0.35:
        zip_line = ((50.0, 25.0), (50.0, body.bottom))
        canvas.line(zip_line, fabric.seam, 1.3, 0.9)
        canvas.line(zip_line, _STEEL, 0.5, 0.9)
        for side in (-1, 1):
            slit = ((50 + side * wide, low - 3), (50 + side * 4.5, low - 15))
            canvas.line(slit, fabric.seam, 0.8, 0.8)
    else:
        canvas.lay(pouch, fabric, volume=0.7, light=0.02)
        canvas.line(joined(pouch, pouch[:1]), fabric.seam, 0.5, 0.7)
    cord = fabric.shifted(38.0 if fabric.colour[0] < 60 else -38.0).rgb
    for side in (-1, 1):
        x = 50.0 + 2.6 * side
        end = random.uniform(34.0, 42.0)
        line = smooth((x, 23.5), (x + 0.4 * side, 30.0), (x, end))
        canvas.line(line, cord, 0.9, 1.0)
        canvas.patch(circle((x, end), 0.9), cord)


def _ribbon(line, half_width):
    return joined(line - (half_width, 0.0), line[::-1] + (half_width, 0.0))
