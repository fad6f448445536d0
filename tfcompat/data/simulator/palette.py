"""Colours of fabrics: drawn in CIELAB and turned into pixels."""

import numpy as np

_WHITE = np.array([0.95047, 1.0, 1.08883])
_XYZ_TO_RGB = np.array(
    [
        [3.2404542, -1.5371385, -0.4985314],
        [-0.9692660, 1.8760108, 0.0415560],
        [0.0556434, -0.2040259, 1.0572252],
    ]
)
_LEAST_DIFFERENCE = 32.0  # Of the two colours of one fabric.


def lab_to_rgb(lab):
    """Turns CIELAB (D65) into sRGB.

    Args:
        lab: float `[..., 3]`.

    Returns:
        float64 `[..., 3]`; outside [0, 1] where no screen can show it.

    Reference:
        IEC 61966-2-1; CIE 15:2004.
    """
    lab = np.asarray(lab, dtype=np.float64)
    middle = (lab[..., 0] + 16.0) / 116.0
    roots = np.stack(
        [middle + lab[..., 1] / 500.0, middle, middle - lab[..., 2] / 200.0],
        axis=-1,
    )
    cubes = np.where(
        roots > 6.0 / 29.0,
        roots**3,
        3.0 * (6.0 / 29.0) ** 2 * (roots - 4.0 / 29.0),
    )
    linear = (cubes * _WHITE) @ _XYZ_TO_RGB.T
    return np.where(
        linear <= 0.0031308,
        12.92 * linear,
        1.055 * np.maximum(linear, 0.0031308) ** (1.0 / 2.4) - 0.055,
    )


def draw_colour(random, denim=False):
    """Draws a main colour: 30 % black, greys, white and cream.

    Args:
        random: `numpy.random.Generator`.
        denim: Whether the rest shall mostly be the blues of jeans.

    Returns:
        Tuple `(L, a, b)` rounded to one decimal, within sRGB.
    """
    if random.random() < 0.3:
        return _draw_neutral(random)
    if denim and random.random() < 0.7:
        return _displayable(
            random.uniform(18, 75),
            random.uniform(10, 34),
            random.uniform(258, 286),
        )
    return _displayable(
        random.uniform(20, 86),
        random.triangular(10, 30, 68),
        random.uniform(0, 360),
    )


def draw_second_colour(random, first):
    """Draws a colour that can be told from `first` at a glance.

    Args:
        random: `numpy.random.Generator`.
        first: `(L, a, b)` of the main colour.

    Returns:
        Tuple `(L, a, b)` rounded to one decimal, within sRGB.
    """
    while True:
        if random.random() < 0.4:
            colour = _draw_neutral(random)
        else:
            colour = draw_colour(random)
        if np.linalg.norm(np.subtract(colour, first)) > _LEAST_DIFFERENCE:
            return colour


def _draw_neutral(random):
    kind = random.random()
    if kind < 0.3:
        return _displayable(random.uniform(8, 20), random.uniform(0, 4), 280)
    if kind < 0.55:
        return _displayable(random.uniform(30, 78), random.uniform(0, 4), 270)
    if kind < 0.82:
        return _displayable(random.uniform(90, 97), random.uniform(0, 3), 90)
    return _displayable(
        random.uniform(74, 91), random.uniform(7, 20), random.uniform(72, 92)
    )


def _displayable(lightness, chroma, hue):
    """The colour with the most of this chroma that a screen can show."""
    angle = np.deg2rad(hue)
    while True:
        lab = np.round(
            [lightness, chroma * np.cos(angle), chroma * np.sin(angle)], 1
        )
        rgb = lab_to_rgb(lab)
        if rgb.min() >= 0.0 and rgb.max() <= 1.0:
            return tuple(float(value) for value in lab)
        chroma *= 0.92
