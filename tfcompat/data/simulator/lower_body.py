"""The cut of bottoms: waist, hips and legs, without details."""

import dataclasses

import numpy as np

from tfcompat.data.simulator.canvas import Frame
from tfcompat.data.simulator.curves import joined, mirrored, smooth

_WAIST = 8.0
_CROTCH = 38.0
_ANKLE = 95.0


@dataclasses.dataclass
class LowerBody:
    """Measures of trousers, in canvas units from the middle or from the top.

    Attributes:
        waist: Half width at the waistband.
        hip: Half width at the hips.
        thigh: Width of a leg at its top.
        knee: Width of a leg at the knee.
        hem: Width of a leg at its end.
        bottom: Height of the hems.
        stance: How far the legs stand apart, in units at the ankle.
        dip: How much lower the waistband is in front.
    """

    waist: float
    hip: float
    thigh: float
    knee: float
    hem: float
    bottom: float
    stance: float
    dip: float

    @classmethod
    def cut(cls, length, fit, random, ease=0.0, flare=0.0):
        """Draws the measures of trousers.

        Args:
            length: In [0, 1], from hot pants to the floor.
            fit: In [0, 1], from skin-tight to very wide.
            random: `numpy.random.Generator`.
            ease: Added to every width.
            flare: Added to the width of the hems.
        """
        thigh = 14.0 + 6.5 * fit + ease
        knee = 8.8 + 12.5 * fit + ease
        hem = 6.4 + 16.5 * fit + ease + flare
        waist = random.uniform(13.8, 15.2) + 0.8 * fit
        return cls(
            waist=waist,
            hip=0.5 * (waist + thigh) + 1.2,
            thigh=thigh,
            knee=knee,
            hem=hem,
            bottom=_CROTCH + 5.0 + (_ANKLE - _CROTCH - 5.0) * length,
            stance=random.uniform(1.0, 3.6),
            dip=random.uniform(0.4, 1.6),
        )

    @property
    def top(self):
        return _WAIST

    @property
    def crotch(self):
        return _CROTCH

    def gap(self, y):
        """Half the distance between the legs' inner edges at a height."""
        return 0.3 + self.stance * (y - _CROTCH) / (_ANKLE - _CROTCH)

    def width(self, y):
        """Width of a leg at a height."""
        knee = 0.5 * (_CROTCH + _ANKLE)
        return np.interp(
            y, (_CROTCH, knee, _ANKLE), (self.thigh, self.knee, self.hem)
        )

    def outer(self):
        """The left edge, from waist to hem."""
        below = np.linspace(_CROTCH, self.bottom, 4)
        points = [(50.0 - self.gap(y) - self.width(y), y) for y in below[1:]]
        return smooth(
            (50.0 - self.waist, _WAIST),
            (50.0 - self.hip, 21.0),
            (50.0 - max(self.hip, self.thigh) - 0.4, _CROTCH - 5.0),
            *points,
        )

    def inner(self):
        """The inner edge of the left leg, from crotch to hem."""
        middle = 0.5 * (_CROTCH + self.bottom)
        return smooth(
            (50.0, _CROTCH),
            (50.0 - self.gap(middle), middle),
            (50.0 - self.gap(self.bottom), self.bottom),
        )

    def leg(self):
        """Closed outline of the left half."""
        return joined(
            [(50.0, _WAIST + self.dip)],
            self.outer(),
            self.inner()[::-1],
        )

    def leg_frame(self, left):
        """Where the fabric of a leg lies."""
        lean = 0.35 * self.stance / (_ANKLE - _CROTCH)
        side = -1.0 if left else 1.0
        return Frame(50.0 + side * 9.0, _WAIST, side * lean, 0.4)

    def hemline(self):
        """The end of the left leg, outer to inner."""
        return joined(self.outer()[-1:], self.inner()[-1:])

    def crease(self):
        """The middle of the left leg, from below the waist to the hem."""
        high = (50.0 - 0.55 * self.waist, _WAIST + 9.0)
        points = [
            (50.0 - self.gap(y) - 0.5 * self.width(y), y)
            for y in np.linspace(_CROTCH, self.bottom, 3)
        ]
        return smooth(high, *points)

    def waistband(self, depth):
        """Closed outline of the waistband."""
        top = smooth((50.0 - self.waist, _WAIST), (50.0, _WAIST + self.dip))
        top = joined(top, mirrored(top[:-1]))
        low = (top - (50.0, 0.0)) * (1.03, 1.0) + (50.0, depth)
        return joined(top, low[::-1])


def leg_folds(body, fit, random, tight=False):
    """Creases of a left leg: at the crotch, the knee and the ankle."""
    folds = []
    for _ in range(2):
        start = (49.5, body.crotch + random.uniform(-1.0, 3.0))
        reach = random.uniform(5.0, 10.0)
        end = (start[0] - reach, start[1] - random.uniform(-2.0, 4.5))
        folds.append((smooth(start, end), 1.0, random.uniform(0.05, 0.11)))
    knee = 0.5 * (body.crotch + 95.0)
    heights = [knee - 2.0, knee + 2.5] if body.bottom > knee + 6.0 else []
    if body.bottom > 84.0 and not tight:
        heights += [body.bottom - 6.0, body.bottom - 3.0]
    if tight:
        heights += [body.bottom - 4.0]
    for y in heights:
        y = y + random.uniform(-1.2, 1.2)
        inner = 50.0 - body.gap(y)
        width = body.width(y)
        share = random.uniform(0.35, 0.75)
        line = smooth(
            (inner, y), (inner - share * width, y + random.uniform(-1.5, 2.0))
        )
        folds.append((line, 1.1, random.uniform(0.06, 0.14)))
    if fit > 0.5:  # What is wide falls in long folds.
        for _ in range(2):
            share = random.uniform(0.2, 0.8)
            line = [
                (50.0 - body.gap(y) - share * body.width(y), y)
                for y in np.linspace(body.crotch + 4.0, body.bottom, 3)
            ]
            depth = random.uniform(0.07, 0.14) * random.choice([-1, 1])
            folds.append((smooth(*line), 1.6, depth))
    return folds


def mirrored_folds(folds):
    """The same creases on the other leg."""
    return [(mirrored(line), width, depth) for line, width, depth in folds]
