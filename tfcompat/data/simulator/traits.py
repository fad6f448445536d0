"""What the world's equations know of an item."""

import dataclasses

import numpy as np

PATTERNS = ("solid", "striped", "checked", "printed")

FEATURES = (
    "lightness",
    "redness",
    "yellowness",
    "colourfulness",
    "striped",
    "checked",
    "printed",
    "length",
    "fit",
    "formality",
)


@dataclasses.dataclass(frozen=True)
class Traits:
    """The attributes of all items that customers care about.

    Attributes:
        lab: float64 `[items, 3]`, main colour in CIELAB (D65).
        pattern: int8 `[items]`, index into `PATTERNS`.
        length: float64 `[items]` in [0, 1], of the sleeves or the legs.
        fit: float64 `[items]` in [0, 1], from skin-tight to very wide.
        formality: float64 `[items]` in [0, 1], from gym to boardroom.
    """

    lab: np.ndarray
    pattern: np.ndarray
    length: np.ndarray
    fit: np.ndarray
    formality: np.ndarray

    def __len__(self):
        return len(self.lab)

    def features(self):
        """Returns float64 `[items, 10]`, columns as `FEATURES`, unscaled."""
        chroma = np.sqrt(self.lab[:, 1] ** 2 + self.lab[:, 2] ** 2)
        printed = [self.pattern == code for code in (1, 2, 3)]
        return np.column_stack(
            [
                self.lab,
                chroma,
                *printed,
                self.length,
                self.fit,
                self.formality,
            ]
        ).astype(np.float64)
