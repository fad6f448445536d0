"""Draws blouses, shirts and blazers."""

import numpy as np

from tfcompat.data.simulator.curves import circle, joined, mirrored, smooth
from tfcompat.data.simulator.fabric import Fabric
from tfcompat.data.simulator.top_details import (
    patch_pocket,
    sleeves,
    torso,
)
from tfcompat.data.simulator.upper_body import UpperBody, torso_folds

_IVORY, _HORN = (0.93, 0.91, 0.86), (0.2, 0.14, 0.1)


def draw_blouse(canvas, garment, random):
    """Soft and gathered: a bow, a frill, a V or a keyhole; puffed sleeves."""
    body = UpperBody.cut(garment.fit, random)
    fabric = Fabric.of(garment, random)
    plain = fabric.plain()
    style = random.integers(4)
    body.bottom = random.uniform(68.0, 80.0)
    body.hem += random.uniform(0.5, 4.5)
    body.waist -= random.uniform(0.0, 1.5)
    body.drop = random.uniform(0.0, 3.0)
    body.pointed = style == 2
    body.neck_depth = (4.5, 6.0, 15.0, 4.5)[style]
    body.neck = (5.5, 8.5, 7.0, 7.5)[style]
    canvas.lay(body.back_neck(), plain, light=-0.24, volume=0.3)
    puff = random.uniform(1.0, 4.5)
    if garment.length >= 0.1:
        cuff = plain if garment.length > 0.45 else None
        sleeves(
            canvas, body, garment.length, fabric, random, cuff=cuff, puff=puff
        )
    torso(canvas, body, fabric, garment, random, sheen=True)
    if garment.length < 0.1:
        for edge in (body.armhole(), mirrored(body.armhole())):
            canvas.line(edge, fabric.seam, 0.9, 0.6)
    if style == 0:
        _bow(canvas, plain, random)
    elif style == 1:
        _frill(canvas, body, plain)
    elif style == 2:
        canvas.line(body.neckline(), fabric.seam, 0.9, 0.6)
        for side in (-1, 1):
            start = (50.0 + side * 3.2, body.top + 9.0)
            end = (50.0 + side * 1.0, body.top + 19.0)
            canvas.line((start, end), fabric.seam, 0.4, 0.4)
    else:
        drop = [(50.0, 17.5), (52.2, 23.5), (50.0, 26.0), (47.8, 23.5)]
        canvas.patch(smooth(*drop, drop[0]), plain.shifted(-30.0).rgb)
        canvas.line(body.neckline(), fabric.seam, 1.1, 0.5)
        canvas.patch(circle((50.0, 18.4), 0.9), _IVORY)
    if random.random() < 0.4:  # A peplum.
        y = 0.55 * body.armpit + 0.45 * body.bottom
        line = smooth((50 - body.waist, y), (50, y + 1), (50 + body.waist, y))
        canvas.line(line, fabric.seam, 0.8, 0.7)


def draw_shirt(canvas, garment, random):
    """A collar, a row of buttons, cuffs and a curved hem."""
    body = UpperBody.cut(garment.fit, random)
    fabric = Fabric.of(garment, random)
    plain = fabric.plain()
    body.neck, body.neck_depth = 6.0, 5.5
    body.drop = random.uniform(1.5, 4.5)
    body.bottom -= 2.0
    canvas.lay(body.back_neck(), plain, light=-0.22, volume=0.3)
    cuff = plain if garment.length > 0.6 else None
    sleeves(canvas, body, garment.length, fabric, random, cuff=cuff)
    torso(canvas, body, fabric, garment, random)
    top, low = body.top + body.neck_depth, body.bottom + body.drop
    for x in (48.2, 51.8):
        canvas.line(((x, top), (x, low - 0.2)), fabric.seam, 0.45, 0.7)
    contrast = _IVORY if fabric.colour[0] < 70 else _HORN
    for y in np.arange(top + 3.0, low - 4.0, 8.2):
        canvas.patch(circle((50.0, y), 0.95), contrast)
    _collar(canvas, body, plain, random)
    if random.random() < 0.55:
        patch_pocket(canvas, fabric, 57.5, body.armpit, 8.0, flap=True)
    if cuff is not None:
        for left in (True, False):
            outer, inner = body.sleeve(garment.length, left, cuff=0.09)
            canvas.patch(circle((2 * outer[-2] + inner[-2]) / 3, 0.8), contrast)


def draw_blazer(canvas, garment, random):
    """Lapels over an open front, flap pockets, one or two rows of buttons."""
    fit = 0.25 + 0.6 * garment.fit
    body = UpperBody.cut(fit, random)
    fabric = Fabric.of(garment, random)
    plain = fabric.plain()
    body.shoulder += 1.2
    body.waist -= 1.4
    body.neck, body.neck_depth = 6.2, 3.0
    body.bottom = random.uniform(80.0, 88.0)
    double = random.random() < 0.3
    button = random.uniform(46.0, 58.0)
    lining = fabric.shifted(-16.0 if fabric.colour[0] > 30 else 14.0)
    opening = [
        (50 - 6.2, 14),
        (50 + 6.2, 14),
        (50 + 2.5, button),
        (47.5, button),
    ]
    sleeves(canvas, body, garment.length, fabric, random)
    canvas.lay(opening, lining, light=-0.16, volume=0.6)
    cut = random.uniform(2.0, 7.0)
    over = 5.0 if double else 1.2
    folds = torso_folds(body, fit, random)
    for left in (False, True):
        front = joined(
            [(43.8, 14.0)],
            body.armhole(),
            body.side(),
            smooth(
                (50 - body.hem, body.bottom),
                (50 - 0.5 * body.hem, body.bottom + 1.0),
                (50 - 0.5 * cut, body.bottom + 0.6),
                (50 + over - 0.4 * cut, body.bottom - 5.0),
            ),
            [(50 + over, button)],
        )
        front = front if left else mirrored(front)
        canvas.lay(front, fabric, folds=folds)
        edge = smooth(
            (50 + over, button),
            (50 + over - 0.2 * cut, 0.5 * (button + body.bottom)),
            (50 + over - 0.4 * cut, body.bottom - 5.0),
        )
        if left:
            canvas.line(edge, fabric.seam, 0.6, 0.8)
    _lapels(canvas, plain, button, over, random)
    horn = _HORN if fabric.colour[0] > 38 else fabric.shifted(26.0).rgb
    columns = (50.0 - 4.0, 50.0 + 4.0) if double else (50.0,)
    for x in columns:
        for y in (button + 1.5, button + 9.5)[: random.integers(1, 3)]:
            canvas.patch(circle((x, y), 1.25), horn)
    y = body.bottom - 19.0
    for side in (-1.0, 1.0):
        x = 50.0 + side * 0.62 * body.waist
        flap = [(x - 4.5, y), (x + 4.5, y), (x + 4.5, y + 3), (x - 4.5, y + 3)]
        canvas.lay(flap, plain, light=-0.02, volume=0.8)
        canvas.line(joined(flap, flap[:1]), fabric.seam, 0.5, 0.8)
    welt = [(56.5, 36.5), (63.0, 35.5), (63.2, 37.4), (56.7, 38.4)]
    canvas.line(joined(welt, welt[:1]), fabric.seam, 0.5, 0.7)
    for left in (True, False):
        outer, inner = body.sleeve(garment.length, left)
        for step in (-2, -4, -6):
            canvas.patch(
                circle(0.82 * outer[step] + 0.18 * inner[step], 0.6), horn
            )


def _collar(canvas, body, fabric, random):
    tall = random.uniform(8.0, 12.0)
    stand = joined(
        smooth((50 - 6.0, 12.4), (50, 11.4), (50 + 6.0, 12.4)),
        smooth((50 + 6.0, 14.5), (50, 15.6), (50 - 6.0, 14.5)),
    )
    canvas.lay(stand, fabric, light=-0.12, volume=0.4)
    wing = [(43.6, 12.0), (50.0, 19.6), (45.6, 14 + tall), (40.2, 16.8)]
    for outline in (wing, mirrored(wing)):
        canvas.lay(outline, fabric, light=0.03, volume=0.5)
        canvas.line(joined(outline, outline[:1]), fabric.seam, 0.5, 0.75)


def _lapels(canvas, fabric, button, over, random):
    wide = random.uniform(6.0, 9.5)
    notch = random.uniform(25.0, 30.0)
    lapel = [
        (43.6, 12.6), (50.0 + 0.5 * over, button), (48.0 - wide, notch + 2.5),
        (45.2 - 0.4 * wide, notch + 0.8), (45.0 - 0.6 * wide, notch - 2.5),
        (40.2, 15.6),
    ]  # fmt: skip
    for outline in (mirrored(lapel), lapel):
        canvas.lay(outline, fabric, light=0.035, volume=0.5)
        canvas.line(joined(outline, outline[:1]), fabric.seam, 0.55, 0.85)


def _bow(canvas, fabric, random):
    droop = random.uniform(2.0, 4.5)
    stand = joined(
        smooth((43.8, 12.6), (50, 11.6), (56.2, 12.6)),
        smooth((56.0, 16.2), (50, 19.6), (44.0, 16.2)),
    )
    canvas.lay(stand, fabric, volume=0.6)
    tail = [(49.4, 21), (51.0, 21), (48.6, 41), (44.6, 39.5)]
    loop = smooth(
        (50, 21.4), (45.0, 18.4), (39.4, 19.6 + droop), (42.0, 25.0), (50, 22.4)
    )
    for outline in (tail, mirrored(tail), loop, mirrored(loop)):
        canvas.lay(outline, fabric, light=0.03, volume=1.0)
        canvas.line(joined(outline, outline[:1]), fabric.seam, 0.45, 0.7)
    canvas.lay(circle((50.0, 21.8), 1.9), fabric, volume=1.2)


def _frill(canvas, body, fabric):
    edge = body.neckline()
    count = len(edge)
    wave = np.column_stack(
        [np.zeros(count), 4.6 + 0.9 * np.sin(np.arange(count) * 2.1)]
    )
    low = (edge - (50, body.top)) * (1.45, 1.15) + (50, body.top) + wave
    canvas.lay(joined(edge, low[::-1]), fabric, light=0.03, volume=0.9)
    canvas.line(low, fabric.seam, 0.5, 0.7)
    for place in range(2, count - 2, 3):
        canvas.line((edge[place], low[place]), fabric.seam, 0.35, 0.4)
