"""The cut of tops: torso, neck and sleeves, without details."""

import dataclasses

import numpy as np

from tfcompat.data.simulator.canvas import Frame
from tfcompat.data.simulator.curves import (
    between,
    joined,
    mirrored,
    smooth,
)

_SHOULDER = 18.0
_ARM = 53.0  # Length of a full sleeve past the shoulder's edge.


@dataclasses.dataclass
class UpperBody:
    """Measures of a top, in canvas units from its middle or from the top.

    Attributes:
        neck: Half width of the neck opening.
        neck_depth: How deep the opening is in front.
        shoulder: Half width at the shoulders.
        chest: Half width under the arms.
        armpit: Height of the armpits.
        waist: Half width at the waist.
        hem: Half width at the hem.
        bottom: Height of the hem.
        drop: How much lower the hem hangs in the middle.
        swing: Angles of the left and right sleeve from straight down.
        bend: Angle between upper arm and forearm.
        pointed: Whether the neck is a V.
    """

    neck: float
    neck_depth: float
    shoulder: float
    chest: float
    armpit: float
    waist: float
    hem: float
    bottom: float
    drop: float
    swing: tuple
    bend: float
    pointed: bool = False

    @classmethod
    def cut(cls, fit, random):
        """Draws the measures of a top of a fit in [0, 1]."""
        chest = 14.5 + 9.0 * fit
        swing = random.uniform(0.24, 0.42) + 0.06 * fit
        return cls(
            neck=random.uniform(6.0, 8.0),
            neck_depth=random.uniform(4.5, 7.0),
            shoulder=15.5 + 4.5 * fit,
            chest=chest,
            armpit=34.0 + 4.0 * fit,
            waist=chest - 2.6 * (1.0 - fit) + 0.8 * fit,
            hem=chest + 0.4 + 0.8 * fit,
            bottom=random.uniform(76.0, 86.0),
            drop=random.uniform(0.0, 1.5),
            swing=tuple(swing + random.normal(0.0, 0.04, 2)),
            bend=random.uniform(0.0, 0.16),
        )

    @property
    def top(self):
        return 14.0

    def neckline(self):
        """The front edge of the neck opening, left to right."""
        depth = self.top + self.neck_depth
        left = (50.0 - self.neck, self.top)
        if self.pointed:
            right = (50.0 + self.neck, self.top)
            return joined(
                smooth(left, (50.0 - 0.52 * self.neck, 0.52 * depth + 6.4)),
                [(50.0, depth)],
                smooth((50.0 + 0.52 * self.neck, 0.52 * depth + 6.4), right),
            )
        low = (50.0 - 0.72 * self.neck, self.top + 0.72 * self.neck_depth)
        half = smooth(left, low, (50.0, depth))
        return joined(half, mirrored(half[:-1]))

    def back_neck(self):
        """Outline of the inside of the back, seen through the opening."""
        back = smooth(
            (50.0 - self.neck, self.top),
            (50.0, self.top + 1.2),
            (50.0 + self.neck, self.top),
        )
        return joined(back, self.neckline()[::-1])

    def armhole(self):
        """The left edge of the torso from shoulder to armpit."""
        middle = 0.5 * (_SHOULDER + self.armpit)
        inner = min(self.shoulder, self.chest) - 0.8
        return smooth(
            (50.0 - self.shoulder, _SHOULDER),
            (50.0 - inner, middle),
            (50.0 - self.chest, self.armpit),
        )

    def side(self):
        """The left edge of the torso from armpit to hem."""
        middle = 0.5 * (self.armpit + self.bottom)
        return smooth(
            (50.0 - self.chest, self.armpit),
            (50.0 - self.waist, middle),
            (50.0 - self.hem, self.bottom),
        )

    def hemline(self):
        """The hem, left to right."""
        left = (50.0 - self.hem, self.bottom)
        half = smooth(
            left,
            (50.0 - 0.5 * self.hem, self.bottom + 0.8 * self.drop),
            (50.0, self.bottom + self.drop),
        )
        return joined(half, mirrored(half[:-1]))

    def torso(self):
        """Closed outline of the front."""
        right = mirrored(joined(self.armhole(), self.side()))
        return joined(
            self.neckline()[::-1],
            self.armhole(),
            self.side(),
            self.hemline(),
            right,
        )

    def front_half(self):
        """Closed outline of the left front, for what opens in the middle."""
        half = self.neckline()
        half = half[: len(half) // 2 + 1][::-1]
        low = self.hemline()
        return joined(half, self.armhole(), self.side(), low[: len(low) // 2])

    def sleeve(self, length, left, puff=0.0, cuff=0.0):
        """Edges of a sleeve, or of the cuff at its end.

        Args:
            length: In [0, 1], from a cap to the wrist.
            left: Whether it is the one on the left of the picture.
            puff: How much wider it is in the middle, in units.
            cuff: Share of the sleeve to give, from its end; 0 gives all of it.

        Returns:
            Tuple of outer and inner edge, both from shoulder to end.
        """
        tip = np.array([50.0 - self.shoulder, _SHOULDER])
        pit = np.array([50.0 - self.chest + 0.6, self.armpit])
        # A short sleeve stands off; a long one hangs.
        angle = self.swing[0 if left else 1] + 0.3 * (1.0 - length)
        reach = 6.0 + _ARM * length
        width = np.linalg.norm(tip - pit) * 0.88
        wrist = 2.0 * (3.4 + 0.13 * self.chest)
        width = width + (wrist - width) * min(1.0, length) ** 0.7
        outer, inner = [tip + (3.0, -1.4), tip], [pit + (3.5, 0.0), pit]
        place = tip
        for share in (0.2, 0.45, 0.72, 1.0):
            # Past the elbow, the forearm turns back towards the body.
            turn = angle - self.bend * (length * share > 0.5)
            direction = np.array([-np.sin(turn), np.cos(turn)])
            across = np.array([direction[1], -direction[0]])
            step = share * reach - np.linalg.norm(place - tip)
            place = place + direction * step
            bulge = puff * np.sin(np.pi * min(share, 0.92))
            outer.append(place - across * (0.9 * np.sin(np.pi * share) + bulge))
            if share > 0.4 or length < 0.3:
                end = place + across * width
                near = between(pit, end, share) + across * bulge
                inner.append(between(near, end, share))
        outer, inner = smooth(*outer), smooth(*inner)
        if cuff:
            outer = outer[-max(2, round(cuff * len(outer))) :]
            inner = inner[-max(2, round(cuff * len(inner))) :]
        if not left:
            outer, inner = (
                edge * (-1, 1) + (100, 0) for edge in (outer, inner)
            )
        return outer, inner

    def sleeve_frame(self, left):
        """Where a sleeve's fabric lies."""
        angle = -self.swing[0] if left else self.swing[1]
        side = -1.0 if left else 1.0
        return Frame(50.0 + side * self.shoulder, _SHOULDER, angle, 0.3)


def sleeve_folds(outer, inner, random):
    """Creases where an arm bends."""
    folds = []
    for share in (0.45, 0.6):
        place = int(share * len(outer)) + random.integers(-2, 3)
        place = int(np.clip(place, 1, len(outer) - 4))
        start, stop = inner[place], between(outer[place + 3], inner[place], 0.4)
        folds.append(((start, stop), 1.2, random.uniform(0.05, 0.13)))
    return folds


def torso_folds(body, fit, random):
    """Creases of a torso: from the armpits, and down where it is loose."""
    folds = []
    for side in (-1.0, 1.0):
        start = (50.0 + side * (body.chest - 1.0), body.armpit + 1.0)
        reach = random.uniform(5.0, 9.0)
        end = (start[0] - side * reach, start[1] + random.uniform(3.0, 9.0))
        folds.append((smooth(start, end), 1.4, random.uniform(0.06, 0.14)))
    for _ in range(int(1 + 4 * fit)):
        x = 50.0 + random.uniform(-0.75, 0.75) * body.waist
        high = random.uniform(body.armpit + 8.0, body.bottom - 16.0)
        line = smooth(
            (x, high),
            (x + random.uniform(-1.5, 1.5), 0.5 * (high + body.bottom)),
            (x + random.uniform(-2.5, 2.5), body.bottom),
        )
        depth = random.uniform(0.05, 0.13) * random.choice([1, 1, -1])
        folds.append((line, 1.8, depth))
    if fit < 0.4:  # What is tight wrinkles across the waist.
        for side in (-1.0, 1.0):
            y = random.uniform(52.0, 66.0)
            line = smooth(
                (50.0 + side * body.waist, y),
                (50.0 + side * (body.waist - 7.0), y + 2.5),
            )
            folds.append((line, 1.2, random.uniform(0.05, 0.12)))
    return folds
