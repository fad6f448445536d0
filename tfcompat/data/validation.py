"""Checks on the rows of a wardrobe's tables, and what becomes of bad ones."""

import logging
import math
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tfcompat.data.errors import InputError
from tfcompat.data.table_lines import MALFORMED, walk_csv

_REMEDY = "`tfcompat check --skip-bad` moves"
_NOT_FINITE = {"nan", "inf", "infinity"}

logger = logging.getLogger(__name__)


def is_nan_text(text):
    """Whether a field holds a float that is no number, such as "NaN"."""
    return text.strip().lstrip("+-").lower() in _NOT_FINITE


def is_number(text):
    """Whether a field holds a finite number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


class Rejection(NamedTuple):
    """A row that was left out.

    Attributes:
        file: Name of its table's file.
        line: 1-based line it starts on; in Parquet, 1-based row.
        reason: What is wrong with it.
        text: The row as it stands in the file.
    """

    file: str
    line: int
    reason: str
    text: str


class Findings:
    """What is wrong with the rows of one table.

    Args:
        table: The `tfcompat.data.tables.Table` under inspection.
    """

    def __init__(self, table):
        self.table = table
        self._found = []  # (rows, column, reason)

    def add(self, bad, column, reason):
        """Notes bad rows.

        Args:
            bad: bool `[rows]`.
            column: The column at fault.
            reason: What is wrong with its value, as in "is not 1 or -1".
        """
        rows = np.flatnonzero(bad)
        if rows.size:
            self._found.append((rows, column, reason))

    def add_nan(self, columns):
        """Notes the rows where one of `columns` says NaN or infinity."""
        for column in columns:
            encoded = self.table.columns[column]
            # A look at every value, of which there may be millions, in Arrow.
            suspects = pc.match_substring_regex(
                pa.array(encoded.values, pa.string()),
                "nan|inf",
                ignore_case=True,
            ).to_numpy(zero_copy_only=False)
            if suspects.any():
                bad = encoded.where(is_nan_text)
                self.add(bad, column, "is not a number but NaN or infinity")

    def add_empty(self, columns):
        """Notes the rows where one of `columns` is empty."""
        for column in columns:
            self.add(self.table.columns[column].equals(""), column, "is empty")

    def good(self):
        """bool `[rows]`: in which rows nothing was found."""
        good = np.ones(self.table.num_rows, bool)
        for rows, _, _ in self._found:
            good[rows] = False
        return good

    def settle(self, skip_bad):
        """Says which rows are bad, or stops at the first of them.

        Args:
            skip_bad: Whether bad rows are to be left out.

        Returns:
            List of `Rejection`, in the file's order.

        Raises:
            InputError: If there is a bad row and not `skip_bad`, or if no
                good row is left.
        """
        good = self.good()
        count = int((~good).sum()) + self.table.num_malformed
        if not count:
            return []
        reasons = {}
        for rows, column, reason in self._found:
            for row in rows.tolist():
                value = self.table.columns[column][row]
                reasons.setdefault(row, f"column {column}: {value!r} {reason}")
        path = self.table.path
        rejected = self._locate(reasons, only_first=not skip_bad)
        if skip_bad and good.any():
            logger.warning("%s: %d bad rows left out.", path, count)
            return rejected
        if skip_bad:
            rest = f"; no good row is left of {count}"
        elif count > 1:
            rest = f" (first of {count} bad rows; {_REMEDY} them out)"
        else:
            rest = f" ({_REMEDY} it out)"
        unit = "row" if path.suffix == ".parquet" else "line"
        first = rejected[0]
        raise InputError(f"{path}, {unit} {first.line}, {first.reason}{rest}.")

    def _locate(self, reasons, only_first):
        """List of `Rejection`; `reasons` has those of well-formed rows."""
        name = self.table.path.name
        if self.table.path.suffix == ".parquet":
            columns = self.table.columns.values()
            return [
                Rejection(
                    name,
                    row + 1,
                    reasons[row],
                    ",".join(column[row] for column in columns),
                )
                for row in sorted(reasons)[: 1 if only_first else None]
            ]
        located = []
        width = len(self.table.columns)
        for row, line, fields, text in walk_csv(self.table.path):
            if row == MALFORMED:
                reason = f"{len(fields)} fields where the header has {width}"
            elif row in reasons:
                reason = reasons[row]
            else:
                continue
            located.append(Rejection(name, line, reason, text))
            if only_first:
                break
        return located


def duplicates(keys, values):
    """Finds rows that say the same twice, and rows that contradict others.

    Args:
        keys: List of int `[rows]`; rows are about the same thing when they
            agree in all of them.
        values: int `[rows]`: what is said.

    Returns:
        `(repeated, contradictory)`, bool `[rows]`: rows whose key and value
        stood in an earlier row; rows whose key also occurs with another value.
    """
    if _all_differ(keys):
        return np.zeros((2, len(values)), bool)
    frame = pd.DataFrame({str(at): key for at, key in enumerate(keys)})
    again = frame.duplicated(keep=False).to_numpy()
    repeated = np.zeros(len(frame), bool)
    contradictory = np.zeros(len(frame), bool)
    if again.any():
        suspects = frame[again]
        said = pd.Series(values[again], index=suspects.index)
        by_key = said.groupby([suspects[name] for name in suspects])
        differ = by_key.transform("min") != by_key.transform("max")
        contradictory[again] = differ.to_numpy()
        repeated[again] = suspects.assign(said=said).duplicated().to_numpy()
    return repeated & ~contradictory, contradictory


def _all_differ(keys):
    """Whether no two rows agree in all keys; False where it is hard to tell."""
    packed, ways = np.zeros(len(keys[0]), np.int64), 1
    for key in keys:
        if not len(key):
            return True
        least, largest = int(key.min()), int(key.max())
        ways *= largest - least + 1
        if ways >= 2**63:
            return False
        packed *= largest - least + 1
        packed += key
        packed -= least
    packed.sort()
    return not (packed[1:] == packed[:-1]).any()
