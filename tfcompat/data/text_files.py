"""Plain text files of data sets, read whole and complained of by line."""

import json
import pathlib

import numpy as np

from tfcompat.data.errors import InputError
from tfcompat.data.tables import LFS_POINTER


def read_text(path):
    """Reads a UTF-8 file.

    Args:
        path: The file.

    Returns:
        str.

    Raises:
        InputError: If it cannot be read, is empty, or is a Git-LFS pointer.
    """
    path = pathlib.Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}.") from None
    if content.startswith(LFS_POINTER):
        raise InputError(
            f"{path}: is a Git-LFS pointer, not the data; run `git lfs pull`."
        )
    if not content.strip():
        raise InputError(f"{path}: is empty.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8.") from None


def read_lines(path):
    """The file's lines without the empty ones at its end, a list of str."""
    return read_text(path).rstrip().splitlines()


def read_json(path):
    """What a JSON file holds.

    Raises:
        InputError: As `read_text`, or if it is no JSON.
    """
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}, line {error.lineno}: is not JSON: {error.msg}."
        ) from None


def read_numbers(path, width, least, most):
    """A matrix of whole numbers, one row a line.

    Args:
        path: The file; numbers are separated by white space.
        width: Numbers in a line.
        least: Smallest number allowed.
        most: Largest number allowed.

    Returns:
        int64 `[lines, width]`.

    Raises:
        InputError: As `read_text`, or if a line has another number of
            numbers, something that is none, or one out of range.
    """
    lines = read_lines(path)
    rows = np.zeros((len(lines), width), "int64")
    for place, line in enumerate(lines):
        words = line.split()
        if len(words) != width:
            raise InputError(
                f"{path}, line {place + 1}: has {len(words)} numbers, not "
                f"{width}."
            )
        try:
            rows[place] = words
        except ValueError:
            raise InputError(
                f"{path}, line {place + 1}: {line[:40]!r} is not all numbers."
            ) from None
    wrong = (rows < least) | (rows > most)
    if wrong.any():
        line, column = np.argwhere(wrong)[0]
        raise InputError(
            f"{path}, line {line + 1}: {rows[line, column]} is not from "
            f"{least} to {most}."
        )
    return rows
