"""Making rows of what a caller asks, and parting them into messages."""

import functools
import os
import pathlib

import numpy as np

from tfcompat.data.errors import InputError

_PATH = (str, os.PathLike)
_ONE = (*_PATH, bytes, bytearray, memoryview, int, np.integer)


def make_ids(name: str, values):
    """Ids, or other text, as a server takes them.

    Args:
        name: The argument's name, for the message.
        values: One text for all rows, or a list of them.

    Returns:
        `bytes`, or a list of them.

    Raises:
        ValueError: If one is not text.
    """
    return _each(name, values, _encode)


def make_images(name: str, values):
    """Images as a server takes them: the bytes of their files.

    Args:
        name: The argument's name, for the message.
        values: One image for all rows, or a list of them: each the bytes of a
            JPEG or PNG file, or the file's path. A row may be a list of
            images instead, those of an outfit.

    Returns:
        `bytes`, or a list of them, or of lists of them.

    Raises:
        InputError: If a file cannot be read.
        ValueError: If one is neither bytes nor a path, or an outfit is empty.
    """
    read = functools.cache(_read)  # A query has many candidates, often.

    def convert(value):
        if isinstance(value, (list, tuple)):
            if not value:
                raise TypeError("an outfit has at least one image")
            return [convert(image) for image in value]
        return read(value) if isinstance(value, _PATH) else _bytes(value)

    return _each(name, values, convert)


def make_counts(name: str, values):
    """How many answers are wanted.

    Args:
        name: The argument's name, for the message.
        values: One number for all rows, or a list of them.

    Returns:
        `int`, or a list of them.

    Raises:
        ValueError: If one is not a positive int32.
    """
    return _each(name, values, _count)


def make_rows(columns: dict):
    """Brings columns to one length.

    Args:
        columns: Dict from the argument's name to a list, or to one value that
            holds for all rows.

    Returns:
        (number of rows, dict from name to list); one row if no column is a
        list.

    Raises:
        ValueError: If two lists are of different lengths.
    """
    lengths = {
        name: len(column)
        for name, column in columns.items()
        if isinstance(column, list)
    }
    rows = next(iter(lengths.values()), 1)
    for name, length in lengths.items():
        if length != rows:
            first = next(iter(lengths))
            raise ValueError(
                f"`{name}` has {length} rows, but `{first}` has {rows}."
            )
    return rows, {
        name: column if isinstance(column, list) else [column] * rows
        for name, column in columns.items()
    }


def part_rows(columns: dict, rows: int, most_rows: int, most_bytes: int):
    """Parts rows into messages that a server takes.

    Args:
        columns: Dict of lists.
        rows: Their length.
        most_rows: Rows of a message.
        most_bytes: Bytes of text and images of a message; a row that is
            larger by itself goes alone.

    Returns:
        List of slices, in order.
    """
    sizes = [0] * rows
    for column in columns.values():
        for row, value in enumerate(column):
            sizes[row] += _size(value)
    parts, start, size = [], 0, 0
    for row in range(rows):
        if row > start and (
            row - start == most_rows or size + sizes[row] > most_bytes
        ):
            parts.append(slice(start, row))
            start, size = row, 0
        size += sizes[row]
    return [*parts, slice(start, rows)] if rows else []


def _size(value):
    """Bytes that a value takes in a message."""
    if isinstance(value, list):
        return sum(map(len, value))
    return len(value) if isinstance(value, bytes) else 4


def _each(name, values, convert):
    """Converts one value, or each of a list of them."""
    if isinstance(values, _ONE):
        return _named(f"`{name}`", values, convert)
    try:
        values = list(values)
    except TypeError:
        raise ValueError(f"`{name}` is {values!r}.") from None
    return [
        _named(f"`{name}` row {row}", value, convert)
        for row, value in enumerate(values)
    ]


def _named(what, value, convert):
    try:
        return convert(value)
    except TypeError as error:
        raise ValueError(f"{what} is {value!r}; {error}.") from None
    except OSError as error:
        raise InputError(f"{what}: {value}: {error.strerror}.") from error


def _encode(value):
    if isinstance(value, str):
        return value.encode("utf-8")
    if isinstance(value, bytes):
        return value
    raise TypeError("it must be text")


def _read(path):
    return pathlib.Path(path).read_bytes()


def _bytes(value):
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise TypeError("an image is the bytes of its file, or its path")


def _count(value):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError("it must be a whole number")
    if not 1 <= value < 2**31:
        raise TypeError("it must be positive")
    return int(value)
