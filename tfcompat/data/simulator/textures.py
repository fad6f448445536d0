"""Surfaces of fabrics, as factors on the colour near 1."""

import numpy as np


def ribs(period=2.4, depth=0.10):
    """Knitted ribs along the fabric."""

    def texture(u, v):
        return (1.0 + depth * np.sin(2.0 * np.pi * u / period)).astype(u.dtype)

    return texture


def cables(period=9.0, depth=0.10):
    """Columns of plaits, as in a fisherman's sweater."""

    def texture(u, v):
        column = np.mod(u, period) / period - 0.5
        wave = 0.22 * np.sin(2.0 * np.pi * v / 5.0)
        strand = np.abs(np.abs(column) - np.abs(wave)) < 0.07
        edge = np.abs(np.abs(column) - 0.36) < 0.05
        return (1.0 + depth * (1.0 * strand - 1.3 * edge)).astype(u.dtype)

    return texture


def chunky(period=3.2, depth=0.10):
    """Thick rows of knitting."""

    def texture(u, v):
        row = np.sin(2.0 * np.pi * v / period)
        stitch = np.sin(2.0 * np.pi * (u / 2.6 + 0.5 * np.floor(v / period)))
        return (1.0 + depth * row * (0.7 + 0.3 * stitch)).astype(u.dtype)

    return texture


def grain(random, depth=0.05):
    """The uneven dye of denim: short threads, lighter and darker."""
    threads = random.uniform(-depth, depth, (64, 64)).astype(np.float32)

    def texture(u, v):
        across = np.floor((u + 0.4 * v) * 1.3).astype(int) % 64
        along = np.floor(v * 0.8).astype(int) % 64
        return 1.0 + threads[across, along]

    return texture


def cords(period=2.2, depth=0.13):
    """Corduroy."""
    return ribs(period, depth)
