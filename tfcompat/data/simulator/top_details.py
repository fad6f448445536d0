"""What tops of several kinds have: fronts, sleeves, bands and pockets."""

import numpy as np

from tfcompat.data.simulator.canvas import Frame
from tfcompat.data.simulator.curves import joined, mirrored, smooth
from tfcompat.data.simulator.upper_body import sleeve_folds, torso_folds


def torso(canvas, body, fabric, garment, random, sheen=False):
    folds = torso_folds(body, garment.fit, random)
    if sheen:  # Soft cloth falls in many folds from the neck.
        for _ in range(5):
            x = 50.0 + random.uniform(-0.7, 0.7) * body.chest
            line = smooth((x, 26.0), (1.15 * x - 7.5, body.bottom))
            depth = random.uniform(0.05, 0.12) * random.choice([-1, 1])
            folds.append((line, 1.6, depth))
    canvas.lay(body.torso(), fabric, folds=folds)
    for edge in (body.armhole(), mirrored(body.armhole())):
        canvas.line(edge, fabric.seam, 0.6, 0.75)


def sleeves(canvas, body, length, fabric, random, cuff=None, puff=0.0):
    for left in (True, False):
        outer, inner = body.sleeve(length, left, puff)
        frame = body.sleeve_frame(left)
        folds = sleeve_folds(outer, inner, random) if length > 0.4 else ()
        outline = joined(outer, inner[::-1])
        canvas.lay(outline, fabric, frame, light=-0.05, folds=folds)
        if cuff is not None:
            outer, inner = body.sleeve(length, left, puff, cuff=0.12)
            outline = joined(outer, inner[::-1])
            canvas.lay(outline, cuff, frame, volume=0.7)
            canvas.line((outer[0], inner[0]), fabric.seam, 0.5, 0.7)
        else:
            canvas.line((outer[-1], inner[-1]), fabric.seam, 0.4, 0.6)


def neckband(canvas, body, fabric, width):
    edge = body.neckline()
    inner = (edge - (50.0, body.top)) * (1.0 + width / 7.0, 1.0)
    inner = inner + (50.0, body.top) + np.array([0.0, 0.75 * width])
    canvas.lay(joined(edge, inner[::-1]), fabric, volume=0.5)
    canvas.line(inner, fabric.seam, 0.4, 0.6)


def hem_band(canvas, body, fabric, depth):
    low = body.hemline()
    tight = (low - (50.0, 0.0)) * (0.95, 1.0) + (50.0, 0.0)
    outline = joined(low - (0.0, depth), tight[::-1])
    canvas.lay(outline, fabric, Frame(sway=0.0), volume=0.8)
    canvas.line(low - (0.0, depth), fabric.seam, 0.5, 0.7)


def hem_stitch(canvas, body, fabric):
    canvas.line(body.hemline() - (0.0, 1.8), fabric.seam, 0.35, 0.55)


def patch_pocket(canvas, fabric, x, y, size, flap=False):
    half = 0.5 * size
    outline = [
        (x - half, y), (x + half, y), (x + half, y + size),
        (x, y + 1.2 * size), (x - half, y + size),
    ]  # fmt: skip
    canvas.lay(outline, fabric, light=0.02, volume=0.5)
    canvas.line(joined(outline, outline[:1]), fabric.seam, 0.45, 0.75)
    if flap:
        line = ((x - half, y + 1.8), (x + half, y + 1.8))
        canvas.line(line, fabric.seam, 0.4, 0.6)
