"""Publishing a model as the next version of its folder."""

import contextlib
import errno
import logging
import os
import pathlib
import re

from tfcompat.data.errors import InputError
from tfcompat.export.partial_folders import partial_folder, remove_leftovers
from tfcompat.export.saved_model import write_saved_model

_LOG = logging.getLogger(__name__)
_MOST = 2**63 - 1  # Version numbers are int64.
_TAKEN = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR)


def publish(servable, to):
    """Writes a servable as the next version of its model folder.

    Args:
        servable: `tf.Module` with `name`, `signatures`, `examples()`, `card`
            and `sources`, as `write_saved_model` takes it.
        to: Folder of all models; made if need be.

    Returns:
        `pathlib.Path` of the version, `to/<name>/<version>`. Versions count
        up from 1; gaps are not filled.

    Raises:
        InputError: As `publish_folder`, or if what is to be published cannot
            be, as `write_saved_model` says.
    """
    return publish_folder(
        servable.name, to, lambda folder: write_saved_model(servable, folder)
    )


def publish_folder(name, to, write):
    """Writes the next version of a model folder.

    A server that polls the folder sees the version whole or not at all: it is
    written under a name that starts with a dot, flushed to the disk and only
    then renamed. Exporters at work at once get a version each. What an
    exporter that was killed has left is removed by the next one.

    Args:
        name: Name of the model folder.
        to: Folder of all models; made if need be.
        write: Function of an empty folder that fills it.

    Returns:
        As `publish`.

    Raises:
        InputError: If the name is no name of a model folder, or the folder
            cannot be written (full disk, no permission).
    """
    folder = _model_folder(name, to)
    made = _missing(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(folder)
        with partial_folder(folder) as partial:
            write(partial)
            _flush(partial)
            path = _rename_to_next(partial, folder)
            for parent in (folder, *(new.parent for new in made)):
                _flush_entry(parent)
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be written: {error.strerror or error}"
        ) from error
    finally:
        for parent in made:
            with contextlib.suppress(OSError):  # Not empty: it is in use.
                parent.rmdir()
    _LOG.info("%s: published", path)
    return path


def _model_folder(name, to):
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*", name):
        raise InputError(
            f"{name!r} is no name of a model: it must consist of the letters "
            "A to Z and a to z, digits, _, - and ., and not start with a dot."
        )
    return pathlib.Path(to) / name


def _missing(folder):
    """Folders that `mkdir(parents=True)` will make, the innermost first."""
    return [path for path in (folder, *folder.parents) if not path.exists()]


def list_versions(folder):
    """The numbers of all versions in a model folder.

    As TensorFlow Serving reads the names: `00000123` is 123, and a name that
    is more than a number (`tmp-5`, `5.old`) is no version.

    Args:
        folder: The model folder.

    Returns:
        List of int, ascending.
    """
    names = (path.name for path in pathlib.Path(folder).iterdir())
    numbers = {int(name) for name in names if re.fullmatch("[0-9]+", name)}
    return sorted(number for number in numbers if number <= _MOST)


def _rename_to_next(partial, folder):
    while True:
        version = max(list_versions(folder), default=0) + 1
        if version > _MOST:
            raise InputError(
                f"{folder}: version {_MOST} is taken and there is none "
                "above it; rename that folder."
            )
        path = folder / str(version)
        try:
            os.rename(partial, path)
        except OSError as error:
            # Another exporter was faster; a folder that is not empty cannot
            # be renamed onto.
            if error.errno not in _TAKEN or not path.exists():
                raise
        else:
            return path


def _flush(folder):
    """Makes all of a folder outlast a power cut."""
    for parent, _, files in os.walk(folder):
        for name in files:
            _flush_entry(os.path.join(parent, name))
        _flush_entry(parent)


def _flush_entry(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
