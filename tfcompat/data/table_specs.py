"""Which tables a wardrobe folder has, and their columns."""

import dataclasses

from tfcompat.data.errors import InputError


@dataclasses.dataclass(frozen=True)
class TableSpec:
    """What a table of the wardrobe folder looks like.

    Attributes:
        name: File name without its suffix.
        required: Columns that must be there.
        optional: Further columns that are understood.
        prefixes: Beginnings of further columns that are understood.
    """

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()

    def knows(self, column):
        return (
            column in self.required
            or column in self.optional
            or column.startswith(self.prefixes or ("\0",))
        )


ITEMS = TableSpec(
    "items",
    ("item_id", "image", "group", "category"),
    ("text", "brand", "price"),
    ("attr_",),
)
CUSTOMERS = TableSpec("customers", ("customer_id",), (), ("survey_",))
ITEM_VOTES = TableSpec(
    "item_votes", ("customer_id", "item_id", "vote"), ("timestamp",)
)
PAIR_VOTES = TableSpec(
    "pair_votes",
    ("customer_id", "query_id", "candidate_id", "vote"),
    ("timestamp",),
)
OUTFITS = TableSpec("outfits", ("outfit_id", "customer_id", "item_id"))
QUESTIONS = TableSpec(
    "questions",
    (
        "question_id",
        "split",
        "customer_id",
        "query_id",
        "candidate_id",
        "label",
    ),
)


def find_table(folder, spec):
    """Path of the table's file in `folder`, None when there is none.

    Raises:
        InputError: If it is there both as CSV and as Parquet.
    """
    candidates = [folder / f"{spec.name}{end}" for end in (".csv", ".parquet")]
    found = [path for path in candidates if path.exists()]
    if len(found) > 1:
        raise InputError(
            f"{folder}: holds both {found[0].name} and {found[1].name}; "
            "keep one of them."
        )
    return found[0] if found else None


def check_header(path, names, spec):
    """Raises an `InputError` unless the columns are those of `spec`."""
    for name in spec.required:
        if name not in names:
            raise InputError(
                f"{path}, line 1: column {name!r} is missing; the header is "
                f"{','.join(names)!r}, needed are {','.join(spec.required)!r}."
            )
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise InputError(
            f"{path}, line 1: column {doubled[0]!r} occurs more than once."
        )
