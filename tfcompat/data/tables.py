"""Reads a wardrobe's tables: CSV, or Parquet of the same columns."""

import csv
import dataclasses
import pathlib
from concurrent import futures

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from tfcompat.data.errors import InputError
from tfcompat.data.table_lines import first_line_not_utf8
from tfcompat.data.table_specs import check_header

LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_BLOCK_BYTES = 1 << 23  # Longer than any row, several for each core.


@dataclasses.dataclass(frozen=True)
class EncodedColumn:
    """A text column as its distinct values and each row's place in them.

    Attributes:
        values: object `[distinct]` of `str`; "" where the file says nothing.
        codes: int32 `[rows]`.
    """

    values: np.ndarray
    codes: np.ndarray

    def __getitem__(self, row):
        return self.values[self.codes[row]]

    def where(self, accepts):
        """Boolean `[rows]`: whose value `accepts(value)` says yes to."""
        accepted = np.fromiter(map(accepts, self.values), bool)
        return accepted[self.codes]

    def equals(self, text):
        """Boolean `[rows]`: whose value is `text`; quicker than `where`."""
        return (self.values == text)[self.codes]

    def translate(self, convert, dtype):
        """`[rows]` of `convert(value)`, called once a distinct value."""
        converted = np.array([convert(value) for value in self.values], dtype)
        return converted[self.codes]

    def take(self, rows):
        return EncodedColumn(self.values, self.codes[rows])

    def texts(self):
        """object `[rows]` of `str`."""
        return self.values[self.codes]


@dataclasses.dataclass(frozen=True)
class Table:
    """A table as it stands in its file, every column as text.

    Attributes:
        path: The file.
        columns: Column name to `EncodedColumn`, all of `num_rows` rows.
        num_rows: Number of well-formed rows.
        num_malformed: Number of rows with too few or too many fields.
    """

    path: pathlib.Path
    columns: dict[str, EncodedColumn]
    num_rows: int
    num_malformed: int


def read_table(path, spec):
    """Reads one table, without per-row Python.

    Args:
        path: A `.csv` (UTF-8, comma, header row) or `.parquet` file.
        spec: The `TableSpec` it shall follow.

    Returns:
        `Table`.

    Raises:
        InputError: If the file as a whole cannot be used: unreadable, empty,
            a Git-LFS pointer, not UTF-8, a wrong header, no rows.
    """
    try:
        with open(path, "rb") as file:
            start = file.read(len(LFS_POINTER))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    if not start:
        raise InputError(f"{path}: is empty (0 bytes).")
    if start == LFS_POINTER:
        raise InputError(
            f"{path}: is a Git-LFS pointer, not the data; run `git lfs pull`."
        )
    read = _read_parquet if path.suffix == ".parquet" else _read_csv
    table, num_malformed = read(path, spec)
    if not table.num_rows and not num_malformed:
        raise InputError(
            f"{path}: has a header but no rows; fill it or remove the file."
        )
    with futures.ThreadPoolExecutor() as pool:  # Arrow frees the interpreter.
        columns = pool.map(_encoded, table.columns)
        columns = dict(zip(table.column_names, columns, strict=True))
    return Table(path, columns, table.num_rows, num_malformed)


def _encoded(column):
    """`EncodedColumn` of an Arrow column of strings."""
    # One dictionary for all chunks. The CSV reader would make one for each,
    # which takes three times as long where most values are distinct.
    chunks = column.dictionary_encode().chunks
    if not chunks:
        return EncodedColumn(np.zeros(0, object), np.zeros(0, np.int32))
    values = chunks[-1].dictionary.to_numpy(zero_copy_only=False)
    codes = np.concatenate([chunk.indices.to_numpy() for chunk in chunks])
    return EncodedColumn(values, codes)


def _read_csv(path, spec):
    with open(path, "rb") as file:
        header = file.readline()
    try:
        names = next(csv.reader([header.decode("utf-8-sig")]), [])
    except UnicodeDecodeError:
        raise _not_utf8(path) from None
    check_header(path, names, spec)
    malformed = []

    def skip(row):
        malformed.append(row.actual_columns)
        return "skip"

    try:
        table = pa.csv.read_csv(
            path,
            pa.csv.ReadOptions(block_size=_BLOCK_BYTES),
            pa.csv.ParseOptions(
                newlines_in_values=True, invalid_row_handler=skip
            ),
            pa.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        if "invalid UTF8" in str(error):
            raise _not_utf8(path) from None
        raise InputError(f"{path}: cannot be read as CSV: {error}") from error
    return table, len(malformed)


def _not_utf8(path):
    line, reason = first_line_not_utf8(path)
    return InputError(
        f"{path}, line {line}: {reason} is not UTF-8; save the file as UTF-8."
    )


def _read_parquet(path, spec):
    try:
        file = pa.parquet.ParquetFile(path)
        check_header(path, file.schema_arrow.names, spec)
        table = file.read()
    except pa.ArrowInvalid as error:
        raise InputError(
            f"{path}: cannot be read as Parquet: {error}"
        ) from error
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        try:
            column = column.cast(pa.string()).fill_null("")
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise InputError(
                f"{path}: column {name!r} has type {column.type}, which is "
                "neither text nor number."
            ) from error
        columns[name] = column
    return pa.table(columns), 0
