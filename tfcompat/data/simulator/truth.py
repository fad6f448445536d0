"""The file that keeps a simulated world: `truth.npz`."""

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


def write_truth(folder, world):
    """Writes all that `world` was made with.

    Args:
        folder: `pathlib.Path` that is being made.
        world: `World`.
    """
    parts = {
        f"{part}.{name}": value
        for part in _PARTS
        for name, value in vars(getattr(world, part)).items()
    }
    scales = {name: getattr(world, name) for name in _SCALES}
    if world.layers is not None:
        scales["layers"] = world.layers
    np.savez(folder / TRUTH_FILE, **parts, **scales)


def read_truth(folder):
    """Reads what `write_truth` wrote.

    Args:
        folder: The wardrobe's folder.

    Returns:
        Dict of the arguments of `World`.

    Raises:
        InputError: If the folder holds no readable `truth.npz`.
    """
    path = pathlib.Path(folder) / TRUTH_FILE
    if not path.is_file():
        raise InputError(
            f"{path}: does not exist; only simulated wardrobes have one."
        )
    try:
        with np.load(path) as file:
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
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as e:
        raise InputError(f"{path}: cannot be read: {e}") from e
