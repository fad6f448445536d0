"""Draws skirts."""

import numpy as np

from tfcompat.data.simulator import textures
from tfcompat.data.simulator.bottom_details import (
    COPPER,
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


def draw_skirt(canvas, garment, random):
    """From pencil to full circle: plain, pleated, tiered, wrapped, buttoned."""
    style = random.integers(5)
    texture = textures.grain(random, 0.06) if style == 4 else None
    fabric = Fabric.of(garment, random, texture)
    bottom = 30.0 + 62.0 * garment.length
    waist = random.uniform(11.0, 12.6)
    hip = waist + 3.6 + 2.5 * garment.fit
    spread = (bottom - 26.0) * (0.46 * garment.fit - 0.05)
    hem = np.clip(hip + spread, 0.78 * hip, 44.0)
    drop = 0.6 + 3.4 * garment.fit
    side = smooth(
        (50 - waist, 8.0),
        (50 - hip, 24.0),
        (50 - 0.5 * (hip + hem), 0.5 * (24.0 + bottom)),
        (50 - hem, bottom),
    )
    low = smooth((50 - hem, bottom), (50 - 0.5 * hem, bottom + 0.8 * drop),
                 (50, bottom + drop))  # fmt: skip
    half = joined(side, low)
    folds = []
    for _ in range(int(1 + 6 * garment.fit)):
        share = random.uniform(-0.9, 0.9)
        line = ((50 + share * hip, 26.0), (50 + share * hem, bottom + drop))
        depth = random.uniform(0.06, 0.16) * random.choice([-1, 1, 1])
        folds.append((line, 1.8, depth))
    canvas.lay(joined(half, mirrored(half)), fabric, folds=folds)
    if style == 1:
        count = 7
        for share in np.linspace(-0.88, 0.88, count):
            line = np.array(
                [(50 + share * waist, 12.5), (50 + share * hip, 24.0),
                 (50 + share * hem, bottom + drop * (1 - share**2))]
            )  # fmt: skip
            canvas.line(smooth(*line), fabric.seam, 0.6, 0.75)
            shine = fabric.shifted(10.0).rgb
            canvas.line(smooth(*line) - (0.8, 0.0), shine, 0.6, 0.45)
    elif style == 2 and bottom > 44.0:
        for share in (0.36, 0.68):
            y = 8.0 + share * (bottom - 8.0)
            wide = np.interp(y, (24.0, bottom), (hip, hem))
            line = smooth((50 - wide, y), (50, y + drop), (50 + wide, y))
            canvas.line(line, fabric.seam, 0.9, 0.75)
            for x in np.linspace(-0.9, 0.9, 9):
                start = (50 + x * wide, y + drop * (1 - x**2) + 0.5)
                end = (start[0], start[1] + 3.5)
                canvas.line((start, end), fabric.seam, 0.4, 0.45)
    elif style == 3:
        slit = smooth((50 + 0.55 * waist, 12.0), (50 + 0.3 * hip, 30.0),
                      (50 + 0.12 * hem, bottom + drop))  # fmt: skip
        canvas.line(slit, fabric.seam, 0.8, 0.85)
        for tip in ((55.5, 23.0), (61.5, 22.0)):
            tie = smooth((50 + 0.55 * waist, 11.5), tip)
            canvas.line(tie, fabric.seam, 1.2, 0.8)
    elif style == 4:
        canvas.line(((50, 12), (50, bottom + drop)), fabric.seam, 0.5, 0.7)
        for y in np.arange(15.0, bottom, 6.5):
            canvas.patch(circle((50.0, y), 1.0), COPPER)
        for line in ((50 - hip + 1.5, 21), (50 + hip - 1.5, 21)):
            inner = 50 + 0.5 * (line[0] - 50)
            canvas.line(
                smooth(line, (inner, 20.0), (inner, 13)), stitching(fabric), 0.5
            )
    band = LowerBody(waist, hip, 0, 0, 0, bottom, 0, 0.8)
    waistband(canvas, band, fabric.plain(texture), fabric, 3.6)
    edge = joined(low, mirrored(low[:-1])) - (0.0, 1.6)
    canvas.line(edge, fabric.seam, 0.4, 0.6)
