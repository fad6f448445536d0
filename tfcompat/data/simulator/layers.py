"""What stylists look for between two layers of an outfit."""

import numpy as np

from tfcompat.data.simulator.archetypes import COMMON_WEIGHTS
from tfcompat.data.simulator.notions import NOTIONS

LAYERS = ("top", "bottom", "outer")
_SHARED = 0.25  # How much of what all pairs are judged by is left.
# A top meets its trousers in hue; a jacket has the lightness of what it is
# worn over, and the formality of the trousers.
_OWN = {
    ("top", "bottom"): {"colour_harmony": 1.0},
    ("top", "outer"): {"light_with_dark": -1.0},
    ("bottom", "outer"): {"same_formality": 1.0},
}


def layer_weights():
    """Weights of the notions for each pair of layers.

    Returns:
        float64 `[3, 3, 5]`, symmetric, in the orders of `LAYERS` and
        `NOTIONS`; items of one layer are judged as all pairs are elsewhere.
    """
    weights = np.tile(_SHARED * COMMON_WEIGHTS, (len(LAYERS), len(LAYERS), 1))
    for pair, own in _OWN.items():
        first, second = map(LAYERS.index, pair)
        for name, weight in own.items():
            place = NOTIONS.index(name)
            weights[[first, second], [second, first], place] = weight
    return weights


def layer_rows(groups):
    """Rows of `LAYERS`, int64 `[items]`, of the items' groups."""
    return np.array([LAYERS.index(group) for group in groups])
