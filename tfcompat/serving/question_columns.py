"""What the client's arguments become: columns, and then named tensors."""

import numpy as np

from tfcompat.serving.question_rows import make_counts, make_ids, make_images

# The tensor that each argument of the client becomes, and how it is read.
_COLUMNS = {
    "customers": ("customer_id", make_ids),
    "queries": ("query", make_images),
    "candidates": ("candidate", make_images),
    "item_ids": ("item_id", make_ids),
    "group": ("group", make_ids),
    "attribute": ("attribute", make_ids),
    "remove": ("remove", make_ids),
    "add": ("add", make_ids),
    "k": ("k", make_counts),
}
# Some models know no customers, or have but one group.
_MAY_BE_NONE = ("customers", "group")
# One width for all outfits: a server merges only requests of one shape.
_OUTFIT_WIDTH = 8


def make_columns(arguments: dict):
    """Reads the arguments of a question.

    Args:
        arguments: Dict from the argument's name to what the caller gave;
            those that may be None and are, are left out.

    Returns:
        Dict from name to a list, or to one value that holds for all rows.

    Raises:
        InputError: If an image file cannot be read.
        ValueError: If an argument cannot be sent.
    """
    return {
        name: _COLUMNS[name][1](name, values)
        for name, values in arguments.items()
        if values is not None or name not in _MAY_BE_NONE
    }


def make_tensor(name: str, column: list):
    """The tensor of some rows of a column.

    Args:
        name: The argument's name.
        column: List of `bytes`, of `int`, or of lists of images. These, the
            items of an outfit, become `queries` instead of `query`, each row
            filled up with "" to 8 images, or as many as the longest has.

    Returns:
        (name of the tensor, array of `bytes` or int32, `[rows]` or `[rows,
        images]`).
    """
    tensor, _ = _COLUMNS[name]
    if name == "k":
        return tensor, np.array(column, np.int32)
    if any(isinstance(value, list) for value in column):
        outfits = [v if isinstance(v, list) else [v] for v in column]
        width = max(_OUTFIT_WIDTH, *map(len, outfits))
        rows = [outfit + [b""] * (width - len(outfit)) for outfit in outfits]
        return "queries", np.array(rows, object)
    return tensor, np.array(column, object)
