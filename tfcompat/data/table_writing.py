"""Writes a wardrobe's tables, without per-row Python."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

FORMATS = ("csv", "parquet")
_CHUNK_ROWS = 1 << 20
_SPECIAL = ('"', ",", "\n", "\r")


def write_table(folder, name, columns, table_format="csv"):
    """Writes one table.

    Args:
        folder: `pathlib.Path` of the folder.
        name: File name without its suffix.
        columns: Dict of column name to `(values, rows)`, the column being
            `values[rows]` with -1 standing for empty; or to a plain array.
        table_format: "csv" or "parquet".

    Raises:
        ValueError: If `table_format` is neither.
    """
    if table_format not in FORMATS:
        raise ValueError(
            f"`table_format` must be one of {FORMATS}, got {table_format!r}."
        )
    table = pa.table({key: _arrow(value) for key, value in columns.items()})
    path = folder / f"{name}.{table_format}"
    if table_format == "parquet":
        pa.parquet.write_table(table, path)
    else:
        _write_csv(table, path)


def _arrow(column):
    if isinstance(column, tuple):
        values, rows = column
        codes = pa.array(np.asarray(rows, np.int32), mask=np.asarray(rows) < 0)
        values = pa.array(np.asarray(values, object), pa.string())
        return pa.DictionaryArray.from_arrays(codes, values)
    if isinstance(column, pd.Series) and column.dtype == object:
        return pa.array(column.fillna("").astype(str), pa.string())
    return pa.Array.from_pandas(column)


def _write_csv(table, path):
    columns = [_quoted(column) for column in table.columns]
    with open(path, "wb") as file:
        file.write((",".join(map(_quote, table.column_names)) + "\n").encode())
        for start in range(0, table.num_rows, _CHUNK_ROWS):
            fields = [
                column.slice(start, _CHUNK_ROWS)
                .cast(pa.string())
                .fill_null("")
                .combine_chunks()
                for column in columns
            ]
            rows = pc.binary_join_element_wise(*fields, ",")
            rows = pc.binary_join_element_wise(rows, "", "\n")
            if isinstance(rows, pa.ChunkedArray):
                rows = rows.combine_chunks()
            # Strings lie one behind the other: their buffer is the text.
            file.write(rows.buffers()[2])


def _quoted(column):
    """The column with quotes where CSV needs them."""
    if pa.types.is_dictionary(column.type):
        column = column.combine_chunks()
        values = pa.array(map(_quote, column.dictionary.to_pylist()))
        values = values.cast(pa.string())
        column = pa.DictionaryArray.from_arrays(column.indices, values)
        return pa.chunked_array([column])
    if pa.types.is_string(column.type):
        texts = map(_quote, column.to_pylist())
        return pa.chunked_array([pa.array(texts, pa.string())])
    return column


def _quote(text):
    if any(special in text for special in _SPECIAL):
        return '"' + text.replace('"', '""') + '"'
    return text
