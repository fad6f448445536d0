"""Garments: what there is to wear in a simulated world."""

import dataclasses

import numpy as np
import pandas as pd

from tfcompat.data.colours import colour_margin, colour_name
from tfcompat.data.simulator.palette import draw_colour, draw_second_colour
from tfcompat.data.simulator.streams import stream
from tfcompat.data.simulator.traits import PATTERNS, Traits

_PATTERN_SHARES = (0.5, 0.2, 0.15, 0.15)


@dataclasses.dataclass(frozen=True)
class Category:
    """What garments of one category have in common.

    Attributes:
        group: `"top"` or `"bottom"`.
        formality: In [0, 1].
        length: Least and greatest length of sleeves or legs, in [0, 1].
        fit: Least and greatest width, in [0, 1].
        price: What a plain one costs.
    """

    group: str
    formality: float
    length: tuple
    fit: tuple
    price: float


CATEGORIES = {
    "tank top": Category("top", 0.10, (0.0, 0.0), (0.0, 1.0), 15.0),
    "hoodie": Category("top", 0.15, (0.7, 1.0), (0.2, 1.0), 45.0),
    "t-shirt": Category("top", 0.25, (0.15, 0.5), (0.0, 1.0), 20.0),
    "sweater": Category("top", 0.50, (0.5, 1.0), (0.0, 1.0), 55.0),
    "blouse": Category("top", 0.70, (0.0, 1.0), (0.1, 1.0), 50.0),
    "shirt": Category("top", 0.80, (0.2, 1.0), (0.0, 1.0), 45.0),
    "blazer": Category("top", 1.00, (0.75, 1.0), (0.0, 0.9), 120.0),
    "leggings": Category("bottom", 0.05, (0.45, 1.0), (0.0, 0.2), 25.0),
    "shorts": Category("bottom", 0.20, (0.05, 0.45), (0.1, 1.0), 30.0),
    "jeans": Category("bottom", 0.35, (0.75, 1.0), (0.0, 1.0), 60.0),
    "chinos": Category("bottom", 0.60, (0.75, 1.0), (0.1, 0.9), 50.0),
    "skirt": Category("bottom", 0.70, (0.05, 1.0), (0.0, 1.0), 40.0),
    "trousers": Category("bottom", 0.95, (0.8, 1.0), (0.2, 1.0), 75.0),
}

_LENGTHS = {
    "top": ((0.1, "sleeveless"), (0.45, "short"), (0.7, "elbow")),
    "bottom": ((0.25, "mini"), (0.5, "knee"), (0.78, "midi")),
}
_FITS = ((0.33, "slim"), (0.67, "regular"))
# From another name, for people to agree on one: light and folds move a colour
# by about half as much, and the cut a length.
_CLEAR_COLOUR = 8.0  # CIELAB, as `colour_margin`.
_CLEAR_LENGTH = 0.04

# What the label says, and how much dearer it makes the garment.
_BRANDS = {
    "Alder": 0.8,
    "Brisk": 0.9,
    "Carraway": 1.0,
    "Dune & Daughter": 1.1,
    "Elmsworth": 1.6,
    "Fennel": 0.7,
    "Gallimaufry": 1.2,
    "Hearth": 1.0,
    "Inkwell": 1.3,
    "Juniper Row": 0.9,
    "Kestrel": 1.1,
    "Lumen": 2.2,
}


@dataclasses.dataclass(frozen=True)
class Garment:
    """One garment of a simulated world.

    Attributes:
        category: Key of `CATEGORIES`.
        colour: Main colour `(L, a, b)`.
        second_colour: `(L, a, b)` of the pattern, or None when solid.
        pattern: Index into `traits.PATTERNS`.
        length: In [0, 1], of the sleeves or the legs.
        fit: In [0, 1], from skin-tight to very wide.
        brand: What the label says; nobody cares.
        price: In euros.
    """

    category: str
    colour: tuple
    second_colour: tuple | None
    pattern: int
    length: float
    fit: float
    brand: str
    price: float

    @property
    def group(self):
        return CATEGORIES[self.category].group

    @property
    def formality(self):
        return CATEGORIES[self.category].formality

    @property
    def length_name(self):
        otherwise = {"top": "long", "bottom": "full"}[self.group]
        return _bin(self.length, _LENGTHS[self.group], otherwise)

    @property
    def fit_name(self):
        return _bin(self.fit, _FITS, "loose")

    @property
    def is_clear(self):
        """Whether colour, length and fit are far from another name's."""
        bounds = [bound for bound, _ in _LENGTHS[self.group]]
        return (
            colour_margin(self.colour) >= _CLEAR_COLOUR
            and all(abs(self.length - b) >= _CLEAR_LENGTH for b in bounds)
            and all(abs(self.fit - b) >= _CLEAR_LENGTH for b, _ in _FITS)
        )

    @property
    def formality_name(self):
        bounds = ((0.4, "casual"), (0.75, "smart"))
        return _bin(self.formality, bounds, "formal")


def draw_garments(count, seed, clear=False):
    """Draws garments, half of them tops; an odd one out is a top.

    Args:
        count: How many, at least 2.
        seed: Seed of the world.
        clear: Whether each is drawn anew until its attributes are clear.

    Returns:
        List of `Garment`, tops first. Garment i of a group depends on the
        seed and `clear` alone, not on `count`.
    """
    tops = (count + 1) // 2
    draw = _draw_clear_garment if clear else _draw_garment
    return [
        *(draw("top", stream(seed, "top", i)) for i in range(tops)),
        *(
            draw("bottom", stream(seed, "bottom", i))
            for i in range(count - tops)
        ),
    ]


def _draw_clear_garment(group, random):
    # A length or fit may be all that is unclear, so all is drawn anew.
    while not (garment := _draw_garment(group, random)).is_clear:
        pass
    return garment


def _draw_garment(group, random):
    names = [name for name, kind in CATEGORIES.items() if kind.group == group]
    category = names[random.integers(len(names))]
    kind = CATEGORIES[category]
    colour = draw_colour(random, denim=category == "jeans")
    pattern = int(random.choice(len(PATTERNS), p=_PATTERN_SHARES))
    brand = list(_BRANDS)[random.integers(len(_BRANDS))]
    price = kind.price * _BRANDS[brand] * random.uniform(0.75, 1.35)
    return Garment(
        category=category,
        colour=colour,
        second_colour=draw_second_colour(random, colour) if pattern else None,
        pattern=pattern,
        length=round(random.uniform(*kind.length), 3),
        fit=round(random.uniform(*kind.fit), 3),
        brand=brand,
        price=round(price) - 0.05,
    )


def garment_traits(garments):
    """The garments' attributes as `Traits`."""
    return Traits(
        lab=np.array([garment.colour for garment in garments]),
        pattern=np.array([g.pattern for g in garments], np.int8),
        length=np.array([garment.length for garment in garments]),
        fit=np.array([garment.fit for garment in garments]),
        formality=np.array([garment.formality for garment in garments]),
    )


def garment_table(garments):
    """The garments as rows of `items.csv`."""
    numbers = {"top": 0, "bottom": 0}
    rows = []
    for garment in garments:
        numbers[garment.group] += 1
        item_id = f"{garment.group}-{numbers[garment.group]:04d}"
        second = garment.second_colour
        rows.append(
            {
                "item_id": item_id,
                "image": f"images/{item_id}.png",
                "group": garment.group,
                "category": garment.category,
                "text": caption(garment),
                "brand": garment.brand,
                "price": f"{garment.price:.2f}",
                "attr_color": colour_name(garment.colour),
                "attr_color_l": garment.colour[0],
                "attr_color_a": garment.colour[1],
                "attr_color_b": garment.colour[2],
                "attr_color2": colour_name(second) if second else "",
                "attr_pattern": PATTERNS[garment.pattern],
                "attr_length": garment.length_name,
                "attr_fit": garment.fit_name,
                "attr_formality": garment.formality_name,
            }
        )
    return pd.DataFrame(rows)


def caption(garment):
    """A garment in words, such as `navy striped slim long-sleeved shirt`."""
    words = [colour_name(garment.colour)]
    if garment.second_colour:
        words += ["and", colour_name(garment.second_colour)]
        words.append(PATTERNS[garment.pattern])
    words.append(garment.fit_name)
    length = garment.length_name
    if garment.group == "bottom":
        words.append(f"{length}-length")
    else:
        words.append(length if length == "sleeveless" else f"{length}-sleeved")
    return " ".join([*words, garment.category])


def _bin(value, bounds, otherwise):
    for bound, name in bounds:
        if value < bound:
            return name
    return otherwise
