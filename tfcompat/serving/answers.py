"""What the client's questions are answered with."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class Scores:
    """One score a row.

    Attributes:
        scores: float32 `[rows]`; higher goes better.
        known_customers: Per row, whether the model has met the customer (else
            the score is the cold-start answer); None if it knows none.
    """

    scores: np.ndarray
    known_customers: list[bool] | None


@dataclasses.dataclass(frozen=True)
class Ranking:
    """The items that answer one row, best first.

    May be shorter than asked for: where the catalogue has no more items.

    Attributes:
        item_ids: Ids of the items.
        scores: Their scores.
        known_customer: Whether the model has met the customer; None if it
            knows none.
        template: PNG bytes of the garment that the model imagined and
            searched by; None if it imagines none.
    """

    item_ids: list[str]
    scores: list[float]
    known_customer: bool | None = None
    template: bytes | None = None


@dataclasses.dataclass(frozen=True)
class Design:
    """The garment designed for one row, and the real items nearest to it.

    Attributes:
        image: PNG bytes.
        item_ids: Ids of the items, nearest first.
        scores: Their scores.
        known_customer: As in `Ranking`.
    """

    image: bytes
    item_ids: list[str]
    scores: list[float]
    known_customer: bool | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Prediction:
    """What any signature of any SavedModel answered.

    Attributes:
        outputs: Dict from name to array; text and bytes are objects (`bytes`).
        version: The version that answered.
        signature: Name of the signature that answered.
    """

    outputs: dict[str, np.ndarray]
    version: int
    signature: str


@dataclasses.dataclass(frozen=True)
class VersionStatus:
    """Where one version of a model stands.

    Attributes:
        version: The version.
        state: START, LOADING, AVAILABLE, UNLOADING or END.
        error: Why it could not be loaded; "" if nothing went wrong.
    """

    version: int
    state: str
    error: str


@dataclasses.dataclass(frozen=True)
class TensorSpec:
    """What a signature takes or gives under one name.

    Attributes:
        dtype: TensorFlow's name of the type: "float", "string", ...
        shape: Sizes, -1 where any will do; None if the rank is open too.
    """

    dtype: str
    shape: tuple[int, ...] | None


@dataclasses.dataclass(frozen=True)
class Signature:
    """What one signature of a model takes and gives, by name."""

    inputs: dict[str, TensorSpec]
    outputs: dict[str, TensorSpec]
