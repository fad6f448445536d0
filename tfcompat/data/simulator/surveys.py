"""What simulated customers say of themselves when asked."""

import numpy as np
import pandas as pd

from tfcompat.data.simulator.archetypes import ARCHETYPES
from tfcompat.data.simulator.streams import stream
from tfcompat.data.simulator.traits import FEATURES

_HONESTY = 0.6
_AGES = ("under 25", "25-34", "35-44", "45-54", "55 and over")

# Directions of lightness, redness, yellowness and colourfulness.
_COLOURS = {
    "black": (-1.5, 0.0, 0.0, -1.0),
    "white": (1.6, 0.0, 0.0, -1.0),
    "red": (-0.2, 1.8, 0.8, 0.8),
    "pink": (0.8, 1.3, -0.2, 0.3),
    "yellow": (1.0, -0.1, 1.9, 0.8),
    "green": (0.0, -1.4, 0.7, 0.4),
    "blue": (-0.2, 0.0, -1.8, 0.4),
}
_FITS = ("slim", "regular", "loose")


def draw_survey(customers, seed):
    """Asks customers about themselves; four in ten answers are at random.

    Args:
        customers: `Customers`.
        seed: Seed of the world.

    Returns:
        `pd.DataFrame`, one row a customer: `survey_style` (the archetype most
        alike), `survey_favourite_color`, `survey_fit` (both from the tastes),
        and `survey_age`, which has nothing to do with anything.
    """
    colours = np.array(list(_COLOURS.values()))
    colour_taste = customers.tastes[:, :4] @ colours.T
    fit_taste = customers.tastes[:, FEATURES.index("fit")]
    answers = {
        "survey_style": (ARCHETYPES, customers.mixtures.argmax(axis=1)),
        "survey_favourite_color": (_COLOURS, colour_taste.argmax(axis=1)),
        "survey_fit": (_FITS, np.digitize(fit_taste, (-0.25, 0.25))),
    }
    rows = []
    for customer in range(len(customers)):
        random = stream(seed, "survey", customer)
        row = {}
        for question, (options, truth) in answers.items():
            honest = random.random() < _HONESTY
            other = random.integers(len(options))
            row[question] = tuple(options)[truth[customer] if honest else other]
        row["survey_age"] = _AGES[random.integers(len(_AGES))]
        rows.append(row)
    return pd.DataFrame(rows)
