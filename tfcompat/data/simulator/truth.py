"""The file that keeps a simulated world: `truth.npz`."""

import contextlib
import dataclasses
import pathlib
import zipfile

import numpy as np

from tfcompat.data.errors import InputError
from tfcompat.data.simulator.customers import Customers
from tfcompat.data.simulator.parameters import WorldParameters
from tfcompat.data.simulator.traits import Traits

TRUTH_FILE = "truth.npz"
_PARTS = {
    "traits": Traits,
    "customers": Customers,
    "parameters": WorldParameters,
}
_SCALES = (
    "feature_mean",
    "feature_deviation",
    "notion_mean",
    "notion_deviation",
)


def write_truth(folder, world, item_ids, customer_ids):
    """Writes all that `world` was made with, and whose rows those are.

    Args:
        folder: `pathlib.Path` that is being made.
        world: `World`.
        item_ids: `[items]` of `str`, in the order of the world's rows.
        customer_ids: `[customers]` of `str`, likewise.
    """
    parts = {
        f"{part}.{name}": value
        for part in _PARTS
        for name, value in vars(getattr(world, part)).items()
    }
    scales = {name: getattr(world, name) for name in _SCALES}
    if world.layers is not None:
        scales["layers"] = world.layers
    ids = {
        "item_id": np.array(item_ids, str),
        "customer_id": np.array(customer_ids, str),
    }
    np.savez(folder / TRUTH_FILE, **parts, **scales, **ids)


def read_truth(folder):
    """Reads what `write_truth` wrote.

    Args:
        folder: The wardrobe's folder.

    Returns:
        Dict of the arguments of `World`.

    Raises:
        InputError: If the folder holds no readable `truth.npz`.
    """
    with _opened(folder) as file:
        arrays = {name: file[name] for name in file.files}
        parts = {
            part: kind(
                **{
                    field.name: arrays[f"{part}.{field.name}"][()]
                    for field in dataclasses.fields(kind)
                }
            )
            for part, kind in _PARTS.items()
        }
        scales = {name: arrays[name] for name in _SCALES}
        return {**parts, **scales, "layers": arrays.get("layers")}


def check_truth(wardrobe):
    """Refuses a truth whose rows are no longer those of the wardrobe.

    Its scales are measured over all items and customers, so that the rows that
    are left would have other probabilities: there is nothing to go on with.
    Of files that earlier versions wrote only the number of rows is known.

    Args:
        wardrobe: `Wardrobe` of a folder with a `truth.npz`.

    Raises:
        InputError: If items or customers have come, gone or changed their
            places since the simulation, or the file cannot be read.
    """
    with _opened(wardrobe.folder) as file:
        known = {
            "item_id": file.get("item_id"),
            "customer_id": file.get("customer_id"),
        }
        counts = {
            "item_id": len(file["traits.lab"]),
            "customer_id": len(file["customers.leanings"]),
        }
    for column, table in (
        ("item_id", wardrobe.items),
        ("customer_id", wardrobe.customers),
    ):
        difference = _difference(known[column], counts[column], table[column])
        if difference:
            raise InputError(
                f"{wardrobe.folder}: column {column} is not that of the "
                f"simulation: {difference}. So nothing is known by "
                f"{TRUTH_FILE}: simulate again, or remove that file to go "
                "without oracles."
            )


def _difference(known, count, ids):
    """How ids differ from the known ones; "" if they do not."""
    if known is None:
        if len(ids) == count:
            return ""
        return f"{count} rows were simulated, and there are {len(ids)}"
    known, ids = known.tolist(), ids.tolist()
    if known == ids:
        return ""
    for one, other, what in (
        (known, ids, "is gone"),
        (ids, known, "was not there"),
    ):
        missing = sorted(set(one) - set(other))
        if missing:
            more = f", and {len(missing) - 1} more" if missing[1:] else ""
            return f"{missing[0]!r} {what}{more}"
    return "the rows are in another order"


@contextlib.contextmanager
def _opened(folder):
    path = pathlib.Path(folder) / TRUTH_FILE
    if not path.is_file():
        raise InputError(
            f"{path}: does not exist; only simulated wardrobes have one."
        )
    try:
        with np.load(path) as file:
            yield file
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as e:
        raise InputError(f"{path}: cannot be read: {e}") from e
