"""A wardrobe's tables in batches, read where Beam reads."""

import csv

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from apache_beam.io.filesystems import FileSystems

from tfcompat.data.errors import InputError
from tfcompat.data.tables import LFS_POINTER

_BLOCK_BYTES = 1 << 22  # Of CSV; some 100,000 votes.


def read_batches(path, wanted=None, rows=1 << 16):
    """Reads a table as `tfcompat.data.tables.read_table` does, piece by piece.

    Columns that should be there but are not, and values that make no sense,
    are let through: the pipeline judges them by their statistics.

    Args:
        path: A `.csv` or `.parquet` file on any of Beam's file systems.
        wanted: Function of a column's name: whether to read it; None reads
            all.
        rows: Most rows of a batch.

    Yields:
        `(first, batch)`: 0-based number of the batch's first row, and a
        `pyarrow.RecordBatch` of text columns, "" where the file says nothing.

    Raises:
        InputError: If the file as a whole cannot be used: empty, a Git-LFS
            pointer, not UTF-8, a malformed row, a column twice, no column of
            use, no rows.
    """
    with FileSystems.open(path) as file:
        start = file.read(len(LFS_POINTER))
    if not start:
        raise InputError(f"{path}: is empty (0 bytes).")
    if start == LFS_POINTER:
        raise InputError(
            f"{path}: is a Git-LFS pointer, not the data; run `git lfs pull`."
        )
    parquet = path.endswith(".parquet")
    first = 0
    try:
        for batch in (_parquet if parquet else _csv)(path, wanted, rows):
            yield first, batch
            first += batch.num_rows
    except pa.ArrowInvalid as error:
        if "invalid UTF8" in str(error):
            problem = "is not UTF-8; save the file as UTF-8"
        else:
            kind = "Parquet" if parquet else "CSV"
            reason = " ".join(str(error).split())
            problem = f"cannot be read as {kind}: {reason}"
        raise InputError(f"{path}: {problem}.") from error
    if not first:
        raise InputError(
            f"{path}: has a header but no rows; fill it or remove the file."
        )


def _columns(path, names, wanted):
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise InputError(
            f"{path}, line 1: column {doubled[0]!r} occurs more than once."
        )
    columns = [name for name in names if wanted is None or wanted(name)]
    if not columns:
        raise InputError(
            f"{path}, line 1: no column has a meaning here; the header is "
            f"{','.join(names)!r}."
        )
    return columns


def _csv(path, wanted, rows):
    with FileSystems.open(path) as file:
        header = file.readline()
    try:
        names = next(csv.reader([header.decode("utf-8-sig")]), [])
    except UnicodeDecodeError as error:
        raise InputError(f"{path}, line 1: is not UTF-8.") from error
    columns = _columns(path, names, wanted)
    with FileSystems.open(path) as file:
        batches = pa.csv.open_csv(
            file,
            pa.csv.ReadOptions(block_size=_BLOCK_BYTES),
            pa.csv.ParseOptions(newlines_in_values=True),
            pa.csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()),
                include_columns=columns,
                strings_can_be_null=False,
            ),
        )
        for batch in batches:
            for start in range(0, batch.num_rows, rows):
                yield _own(batch.slice(start, rows))


def _parquet(path, wanted, rows):
    with FileSystems.open(path) as source:
        file = pa.parquet.ParquetFile(source)
        columns = _columns(path, file.schema_arrow.names, wanted)
        for batch in file.iter_batches(rows, columns=columns):
            texts = [
                _text(path, name, column)
                for name, column in zip(columns, batch.columns, strict=True)
            ]
            yield _own(pa.RecordBatch.from_arrays(texts, columns))


def _text(path, name, column):
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    try:
        return column.cast(pa.string()).fill_null("")
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(
            f"{path}: column {name!r} has type {column.type}, which is neither "
            "text nor number."
        ) from error


def _own(batch):
    """A copy without the rest of the buffers that a slice drags along."""
    return pa.RecordBatch.from_arrays(
        [pa.concat_arrays([column]) for column in batch.columns],
        schema=batch.schema,
    )
