"""Fabrics: colour, pattern and texture at every point of a garment."""

import functools

import numpy as np

from tfcompat.data.simulator import motifs
from tfcompat.data.simulator.palette import lab_to_rgb
from tfcompat.data.simulator.traits import PATTERNS


class Fabric:
    """What a piece of a garment is cut from.

    Args:
        colour: Main colour `(L, a, b)`.
        second_colour: `(L, a, b)` of the pattern, or None.
        pattern: Function from fabric coordinates `u`, `v` (units across and
            along) to the share of the second colour, or None when solid.
        texture: Function from `u`, `v` to a factor near 1, or None.
    """

    def __init__(self, colour, second_colour=None, pattern=None, texture=None):
        self.colour = colour
        self.second_colour = second_colour
        self.pattern = pattern
        self.texture = texture

    @classmethod
    def of(cls, garment, random, texture=None):
        """Draws one of the many fabrics that a garment may be made of."""
        draw = {
            "solid": lambda random: None,
            "striped": motifs.draw_stripes,
            "checked": motifs.draw_checks,
            "printed": motifs.draw_print,
        }[PATTERNS[garment.pattern]]
        return cls(garment.colour, garment.second_colour, draw(random), texture)

    def plain(self, texture=None):
        """The main colour without the pattern, for collars and bands."""
        return Fabric(self.colour, texture=texture)

    def shifted(self, lightness):
        """A plain fabric lighter or darker than this one."""
        level, *rest = self.colour
        return Fabric((np.clip(level + lightness, 3.0, 98.0), *rest))

    @functools.cached_property
    def rgb(self):
        """float `[3]`, the main colour in sRGB."""
        return np.clip(lab_to_rgb(self.colour), 0.0, 1.0)

    @functools.cached_property
    def seam(self):
        """float `[3]`, a thread that shows on this fabric."""
        return self.shifted(-20.0 if self.colour[0] > 38.0 else 20.0).rgb

    def paint(self, u, v):
        """Colours of points.

        Args:
            u: float `[h, w]`, units across the fabric.
            v: float `[h, w]`, units along the fabric.

        Returns:
            float32 `[h, w, 3]` in sRGB.
        """
        colour = np.broadcast_to(self.rgb.astype(np.float32), (*u.shape, 3))
        if self.pattern is not None:
            second = np.clip(lab_to_rgb(self.second_colour), 0.0, 1.0)
            share = self.pattern(u, v)[..., None]
            colour = colour + share * (second.astype(np.float32) - colour)
        if self.texture is not None:
            colour = colour * self.texture(u, v)[..., None]
        return colour
