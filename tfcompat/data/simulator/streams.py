"""Random streams that do not disturb each other."""

import zlib

import numpy as np


def stream(seed, purpose, index=0):
    """Makes the random generator of one purpose, and of one thing in it.

    Every garment and every customer draws from a generator of its own, so the
    first hundred customers are the same people whether or not a thousand more
    follow, and asking for more votes leaves the garments alone.

    Args:
        seed: Seed of the world, a non-negative integer.
        purpose: What is drawn, such as `"garment"`.
        index: Number of the garment or customer.

    Returns:
        `numpy.random.Generator` over PCG64, whose numbers are the same on
        every machine.
    """
    # CRC-32, because Python's own hash of a text changes with every start.
    key = (zlib.crc32(purpose.encode()), index)
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key))
    )
