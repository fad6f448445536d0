"""Outlines of garments: smooth lines through a few points.

All in canvas units: x to the right and y down, from 0 to 100.
"""

import numpy as np

_SAMPLES = 8

# Catmull-Rom: shares of the four points around at each step between two.
_STEPS = np.linspace(0.0, 1.0, _SAMPLES, endpoint=False)
_SHARES = 0.5 * (
    np.power.outer(_STEPS, np.arange(4))
    @ np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]])
)


def smooth(*points):
    """A smooth line through points (Catmull-Rom).

    Args:
        *points: Two or more `(x, y)`.

    Returns:
        float64 `[samples, 2]`, beginning and ending at the outer points.
    """
    points = np.asarray(points, dtype=np.float64)
    padded = np.concatenate([points[:1], points, points[-1:]])
    line = sum(
        _SHARES[:, i, None] * padded[i : len(points) - 1 + i, None]
        for i in range(4)
    )
    return np.concatenate([line.reshape(-1, 2), points[-1:]])


def joined(*lines):
    """One outline of several lines, with corners where they meet."""
    return np.concatenate(
        [np.asarray(line, dtype=np.float64) for line in lines]
    )


def mirrored(line):
    """The line on the other side of the garment, walked the other way."""
    return np.asarray(line, dtype=np.float64)[::-1] * (-1.0, 1.0) + (100.0, 0.0)


def symmetric(left):
    """A closed outline of its left half, walked from top to bottom."""
    return joined(left, mirrored(left))


def circle(centre, radius, count=14):
    """A round outline."""
    angle = np.linspace(0.0, 2.0 * np.pi, count, endpoint=False)
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    return np.asarray(centre) + radius * ring


def between(first, second, share):
    """The line part of the way from one line to another of equal samples."""
    return (1.0 - share) * np.asarray(first) + share * np.asarray(second)
