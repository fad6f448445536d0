"""How a pair model is to be served."""

import dataclasses

from tfcompat.data.errors import InputError
from tfcompat.export.image_checks import MAX_PIXELS
from tfcompat.export.request_limits import MAX_ROWS

INDEXES = ("auto", "exact", "scann")


@dataclasses.dataclass(frozen=True)
class ServingOptions:
    """Options of a served pair model.

    Attributes:
        index: "exact", which every TensorFlow Serving loads; "scann", which
            needs one that knows ScaNN's ops; or "auto", which is exact and
            says when ScaNN would be faster.
        shortlist: How many items two-tower retrieval proposes, if it does.
        max_pixels: Width times height above which a photo is refused.
        max_rows: Most rows of a request.
        webp: Whether to read WebP, by an op of tensorflow-io, which only a
            server that has it can load.

    Raises:
        InputError: If an option is out of range.
    """

    index: str = "auto"
    shortlist: int = 500
    max_pixels: int = MAX_PIXELS
    max_rows: int = MAX_ROWS
    webp: bool = False

    @property
    def index_kind(self):
        """What `CatalogueIndex` is asked for: "exact" or "scann"."""
        return "exact" if self.index == "auto" else self.index

    def __post_init__(self):
        if self.index not in INDEXES:
            raise InputError(
                f"--index must be one of {', '.join(INDEXES)}, got "
                f"{self.index!r}."
            )
        for name, most in (
            ("shortlist", None),
            ("max_pixels", None),
            ("max_rows", MAX_ROWS),
        ):
            value = getattr(self, name)
            option = f"--{name.replace('_', '-')}"
            if value < 1:
                raise InputError(f"{option} must be positive, got {value}.")
            if most is not None and value > most:
                raise InputError(
                    f"{option} must be at most {most:,}, got {value:,}."
                )
