"""Writing files and folders so that a reader never sees a half of one."""

import contextlib
import os
import pathlib
import shutil
import uuid

from tfcompat.data.errors import InputError


def _beside(path):
    return path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.partial")


@contextlib.contextmanager
def atomic_path(path):
    """Yields a temporary path that becomes `path` when the block succeeds.

    On any error, including Ctrl-C, the temporary file is removed and whatever
    stood at `path` before stays as it was.

    Args:
        path: Where the file shall be.

    Yields:
        `pathlib.Path` in the same folder, not yet existing.

    Raises:
        InputError: If the file cannot be written (full disk, no permission).
    """
    path = pathlib.Path(path)
    partial = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        with open(partial, "rb") as file:  # A rename must not outrun the data.
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error}") from error
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_folder(path):
    """Yields a temporary folder that becomes `path` when the block succeeds.

    Args:
        path: Where the folder shall be; must not exist, or be empty.

    Yields:
        `pathlib.Path` of an empty folder beside it.

    Raises:
        InputError: If `path` exists and is not empty, or cannot be written.
    """
    path = pathlib.Path(path)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InputError(
            f"{path}: already exists; nothing is overwritten. Remove it or "
            "name another folder."
        )
    partial = _beside(path)
    try:
        partial.mkdir(parents=True)
        yield partial
        if path.exists():
            path.rmdir()
        os.replace(partial, path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
