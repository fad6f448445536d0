"""What bottoms of several kinds have: legs, waistbands, flies and pockets."""

from tfcompat.data.simulator.canvas import Frame
from tfcompat.data.simulator.curves import circle, joined, mirrored, smooth
from tfcompat.data.simulator.lower_body import leg_folds, mirrored_folds

COPPER, STEEL = (0.72, 0.47, 0.25), (0.66, 0.66, 0.68)


def legs(canvas, body, fabric, garment, random, tight=False):
    back = smooth((50 - body.waist, 8.0), (50, 7.4), (50 + body.waist, 8.0))
    front = smooth((50 - body.waist, 8.5), (50, 9 + body.dip + 2),
                   (50 + body.waist, 8.5))  # fmt: skip
    canvas.lay(joined(back, front[::-1]), fabric.plain(), light=-0.25)
    folds = leg_folds(body, garment.fit, random, tight)
    canvas.lay(
        mirrored(body.leg()),
        fabric,
        body.leg_frame(False),
        folds=mirrored_folds(leg_folds(body, garment.fit, random, tight)),
    )
    canvas.lay(body.leg(), fabric, body.leg_frame(True), folds=folds)
    middle = smooth((50.0, body.top + 3.0), (50.0, body.crotch))
    canvas.line(middle, fabric.seam, 0.5, 0.7)


def waistband(canvas, body, fabric, cloth, depth):
    band = body.waistband(depth)
    canvas.lay(band, fabric, Frame(sway=0.0), volume=0.5)
    low = band[len(band) // 2 :]
    canvas.line(low, cloth.seam, 0.55, 0.8)


def stitching(fabric):
    """Stitches of jeans: copper, unless that would not show."""
    lightness = fabric.colour[0]
    return COPPER if lightness < 42 or lightness > 72 else (0.9, 0.78, 0.55)


def fly(canvas, fabric, body, thread=None):
    thread = fabric.seam if thread is None else thread
    curve = smooth((53.2, 12.5), (53.2, 24.0), (52.4, 28.5), (50.0, 31.0))
    canvas.line(curve, thread, 0.45, 0.75)


def denim_details(canvas, body, fabric):
    thread = stitching(fabric)
    pocket = smooth(
        (50 - body.hip + 0.8, 21.0),
        (50 - 0.8 * body.waist, 20.4),
        (50 - 0.52 * body.waist, 12.6),
    )
    for line in (pocket, mirrored(pocket)):
        canvas.line(line, fabric.seam, 0.6, 0.7)
        canvas.line(line + (0.0, 1.0), thread, 0.4, 0.8)
    coin = [(50 - 0.86 * body.waist, 15.6), (50 - 0.6 * body.waist, 15.2)]
    canvas.line(coin, thread, 0.4, 0.7)
    side = body.outer()[12:] + (1.0, 0.0)
    canvas.line(side, thread, 0.35, 0.5, dashes=1)
    canvas.line(mirrored(side), thread, 0.35, 0.5, dashes=1)
    fly = smooth((53.8, 12.5), (53.8, 24.5), (52.8, 29.5), (50.0, 32.0))
    canvas.line(fly, thread, 0.4, 0.8)
    canvas.patch(circle((50.0, body.top + body.dip + 2.2), 1.1), COPPER)


def slant_pockets(canvas, body, fabric):
    line = smooth((50 - body.hip + 0.9, 23.5), (50 - 0.66 * body.waist, 12.6))
    for edge in (line, mirrored(line)):
        canvas.line(edge, fabric.seam, 0.6, 0.85)


def loops(canvas, body, fabric, depth):
    for share in (-0.72, -0.34, 0.34, 0.72):
        x = 50.0 + share * body.waist
        y = body.top + body.dip * (1 - abs(share))
        canvas.line(((x, y - 0.2), (x, y + depth + 0.4)), fabric.seam, 1.0, 0.8)
