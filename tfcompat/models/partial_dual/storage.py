"""Partial Dual models as `.npz` files."""

import dataclasses
import zipfile

import numpy as np

from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_path
from tfcompat.models.partial_dual.centering import Centering

_CENTERING = tuple(field.name for field in dataclasses.fields(Centering))


def write_model(path, settings, centering, items, customers, duality_gap):
    """Writes a fitted model; `read_model` gives the same values back.

    Args:
        path: Where to; an existing file is replaced at once or not at all.
        settings: Dict of the constructor's arguments.
        centering: `Centering`.
        items: float `[d, r]`.
        customers: float `[T, r]`.
        duality_gap: float.

    Raises:
        InputError: If it cannot be written.
    """
    content = {
        # npz holds no None without pickling.
        **{name: value or "" for name, value in settings.items()},
        **{name: getattr(centering, name) for name in _CENTERING},
        "seed": settings["seed"],
        "items": items,
        "customers": customers,
        "duality_gap": duality_gap,
    }
    with atomic_path(path) as partial, open(partial, "wb") as file:
        np.savez(file, **content)


def read_model(path, setting_names):
    """Reads what `write_model` wrote.

    Args:
        path: The file.
        setting_names: Names of the constructor's arguments.

    Returns:
        `(settings, centering, items, customers, duality_gap)`.

    Raises:
        InputError: If the file is missing, damaged or something else.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            content = dict(file)
        settings = {name: content[name].item() for name in setting_names}
        settings["center"] = settings["center"] or None
        offsets = {name: content[name] for name in _CENTERING}
        for name in ("mean", "column_damping"):
            offsets[name] = offsets[name].item()
        return (
            settings,
            Centering(**offsets),
            content["items"],
            content["customers"],
            content["duality_gap"].item(),
        )
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file.") from error
    except (
        OSError,
        EOFError,
        ValueError,
        KeyError,
        AttributeError,  # A bare array, not an archive.
        zipfile.BadZipFile,
    ) as error:
        raise InputError(
            f"{path}: is not a whole file written by `PartialDual.save`."
        ) from error
