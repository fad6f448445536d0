"""Six kinds of people whom every customer is a mixture of.

The tables belong to the equations, not to a seed: all worlds share them.
"""

import numpy as np

ARCHETYPES = (
    "classic",
    "sporty",
    "romantic",
    "minimalist",
    "bold",
    "street",
)

# What each likes in a single item; columns as `traits.FEATURES`.
TASTES = np.array(
    [
        [-0.3, 0.0, -0.4, -0.8, 0.5, 0.3, -0.8, 0.5, -0.4, 1.0],
        [0.2, 0.2, 0.0, 0.6, 0.3, -0.6, -0.2, -0.7, 0.5, -1.1],
        [0.8, 0.8, 0.1, 0.2, -0.3, -0.5, 1.1, 0.3, -0.5, 0.3],
        [0.3, -0.2, -0.1, -1.1, -0.6, -0.8, -0.9, 0.4, 0.4, 0.1],
        [-0.2, 0.5, 0.6, 1.2, 0.3, 0.4, 0.7, -0.2, 0.2, 0.0],
        [-0.8, -0.3, -0.2, -0.2, 0.2, 0.9, 0.2, 0.1, 1.1, -0.8],
    ]
)

# How much each cares for a notion, and in which direction; columns as
# `notions.NOTIONS`. One's harmony is another's boredom: signs differ.
NOTION_WEIGHTS = np.array(
    [
        [1.29, 0.38, 1.14, 0.88, 0.08],
        [-0.31, 0.98, -0.56, 0.43, 0.58],
        [1.09, -0.82, 0.44, -0.47, 0.88],
        [0.59, -0.72, 0.64, 1.23, -0.47],
        [-0.81, 0.68, -0.26, -0.67, 0.68],
        [-0.11, 0.58, 0.54, -0.02, -0.72],
    ]
)

# The part of the notions on which everybody agrees, to be scaled by `common`.
COMMON_WEIGHTS = np.array([0.8, 0.5, 0.9, 0.7, 0.5])
