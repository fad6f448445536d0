"""Stripes, checks and prints, as functions of fabric coordinates.

A `draw_…` function draws a pattern: a function from float32 arrays `u`, `v`
(units across and along the fabric) to the second colour's share in [0, 1].
"""

import numpy as np


def _band(x, period, share):
    """1 within a band of each period, 0 outside, as float32."""
    return (np.mod(x, period) < share * period).astype(np.float32)


def draw_stripes(random):
    """Draws stripes: across, along or slanting; even, fine or in pairs."""
    direction = random.choice(4, p=(0.5, 0.25, 0.12, 0.13))
    period = random.uniform(4.5, 13.0)
    share = random.uniform(0.25, 0.5)
    kind = random.integers(4)
    phase = random.uniform(0.0, period)

    def stripes(u, v):
        across = (v, u, 0.7 * (u + v), 0.7 * (u - v))[direction] + phase
        if kind == 0:  # Pinstripes.
            return _band(across, period * 0.6, 1.3 / (period * 0.6))
        if kind == 1:  # A broad one beside a fine one.
            return np.maximum(
                _band(across, period, share * 0.8),
                _band(across + 0.3 * period, period, 0.12),
            )
        return _band(across, period, share)

    return stripes


def draw_checks(random):
    """Draws checks: gingham, tartan, windowpane or harlequin."""
    kind = random.integers(4)
    period = random.uniform(5.0, 12.0)
    phase = random.uniform(0.0, period)

    def checks(u, v):
        u, v = u + phase, v + phase
        if kind == 0:
            return 0.5 * (_band(u, period, 0.38) + _band(v, period, 0.38))
        if kind == 1:
            broad = 0.4 * (_band(u, period, 0.38) + _band(v, period, 0.38))
            fine = [_band(x + 0.28 * period, period, 0.1) for x in (u, v)]
            return np.maximum(broad, 0.9 * np.maximum(*fine))
        if kind == 2:
            line = 1.4 / period
            return np.maximum(_band(u, period, line), _band(v, period, line))
        left, right = (u + v) / 1.4, (u - v) / 1.4
        return np.abs(_band(left, period, 0.38) - _band(right, period, 0.38))

    return checks


def draw_print(random):
    """Draws a print: dots, flowers, leaves, stars or splashes."""
    kind = random.integers(5)
    spacing = random.uniform(6.0, 12.0)
    size = spacing * random.uniform(0.24, 0.34)
    # Dots stand in rows; what grows does not.
    disorder = 0.0 if kind == 0 else 0.22 * spacing
    jitter = random.uniform(-disorder, disorder, (7, 7, 2)).astype(np.float32)
    turns = random.uniform(0.0, 2.0 * np.pi, (7, 7)).astype(np.float32)
    sizes = random.uniform(0.75, 1.15, (7, 7)).astype(np.float32)
    if kind == 0:
        sizes[:] = 1.0

    def figures(u, v):
        row = np.floor(v / spacing)
        u = u + 0.5 * spacing * np.mod(row, 2.0)
        column = np.floor(u / spacing)
        cell = (np.mod(row, 7).astype(int), np.mod(column, 7).astype(int))
        x = u - (column + 0.5) * spacing - jitter[..., 0][cell]
        y = v - (row + 0.5) * spacing - jitter[..., 1][cell]
        distance = np.sqrt(x * x + y * y) / (size * sizes[cell])
        if kind == 0:
            return (distance < 0.85).astype(np.float32)
        angle = np.arctan2(y, x) + turns[cell]
        if kind == 1:
            petals = 0.78 + 0.42 * np.cos(5.0 * angle)
            inside = (distance < petals) & (distance > 0.25)
        elif kind == 2:
            slim = 1.0 + 5.0 * np.sin(angle) ** 2
            inside = distance < 1.35 / np.sqrt(slim)
        elif kind == 3:
            inside = distance < 0.72 + 0.5 * np.cos(5.0 * angle) ** 3
        else:
            blot = 0.9 + 0.25 * np.cos(2.0 * angle) + 0.2 * np.sin(3.0 * angle)
            inside = (distance < blot) & (distance > 0.35 * blot)
        return inside.astype(np.float32)

    return figures
