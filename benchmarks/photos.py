"""Photos that JPEG has some work with."""

import numpy as np
from PIL import Image


def write_photos(folder, count, side, seed=0):
    """Writes JPEGs of smooth shapes with grain.

    Args:
        folder: `pathlib.Path`; is made.
        count: How many.
        side: Height and width in pixels.
        seed: Of what they show.

    Returns:
        List of their paths.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    grain = random.integers(-8, 9, (side, side, 3))
    paths = []
    for number in range(count):
        shapes = random.integers(0, 256, (8, 8, 3), np.uint8)
        image = Image.fromarray(shapes).resize((side, side), Image.BICUBIC)
        pixels = np.asarray(image) + np.roll(grain, number, axis=0)
        image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
        paths.append(folder / f"{number}.jpg")
        image.save(paths[-1], quality=90)
    return paths
