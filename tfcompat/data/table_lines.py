"""Finds the file lines of table rows, for messages about bad ones.

Tables are read without per-row Python; only when something is wrong is the
file walked again to say exactly where.
"""

import csv
import io
import itertools
import sys

MALFORMED = -1


def _records(path):
    """Yields (first line, fields, text) of each record, header included."""
    # A runaway quote makes a field of the file's size, which is what is sought.
    csv.field_size_limit(sys.maxsize)
    with open(
        path, encoding="utf-8-sig", errors="backslashreplace", newline=""
    ) as file:
        consumed = []

        def lines():
            for line in file:
                consumed.append(line)
                yield line.replace("\0", " ")  # `csv` refuses it.

        reader = csv.reader(lines())
        for fields in reader:
            yield (
                reader.line_num - len(consumed) + 1,
                fields,
                "".join(consumed).rstrip("\r\n"),
            )
            consumed.clear()


def walk_csv(path):
    """Walks the rows of a CSV file below its header.

    Args:
        path: The file.

    Yields:
        `(row, line, fields, text)`: 0-based row number among the well-formed
        rows (`MALFORMED` where the number of fields is wrong), 1-based line
        where the record starts, its fields and its text as written. Lines
        end with "\\n", "\\r\\n" or "\\r", within quotes too. Blank lines are
        passed over.
    """
    records = _records(path)
    _, header, _ = next(records)
    rows = itertools.count()
    for line, fields, text in records:
        if not fields:
            continue
        row = next(rows) if len(fields) == len(header) else MALFORMED
        yield row, line, fields, text


def count_lines(text):
    """How many lines a record's text takes, as `walk_csv` counts them."""
    return sum(1 for _ in io.StringIO(text, newline=""))


def find_lines(path, column, values):
    """Finds the lines where `column` first holds each of `values`.

    Args:
        path: A CSV file with a header.
        column: Name of the column.
        values: Set of `str`.

    Returns:
        Dict from value to 1-based line.
    """
    _, header, _ = next(_records(path))
    place = header.index(column)
    lines = {}
    for row, line, fields, _ in walk_csv(path):
        if row != MALFORMED and fields[place] in values:
            lines.setdefault(fields[place], line)
    return lines


def first_line_not_utf8(path):
    """Finds the first line that is not UTF-8.

    Args:
        path: The file.

    Returns:
        `(line, reason)`, 1-based; None when the whole file is UTF-8.
    """
    with open(path, "rb") as file:
        for line, content in enumerate(file, start=1):
            try:
                content.decode("utf-8")
            except UnicodeDecodeError as error:
                byte = content[error.start]
                return line, f"byte 0x{byte:02x} at column {error.start + 1}"
    return None
