"""The frames a wardrobe holds in memory."""

import numpy as np
import pandas as pd

from tfcompat.data import splits
from tfcompat.data.validation import is_number

TABLES = (
    "items",
    "customers",
    "item_votes",
    "pair_votes",
    "outfits",
    "questions",
)
ITEM_VOTE_IDS = {"customer": "customer_id", "item": "item_id"}
PAIR_VOTE_IDS = {
    "customer": "customer_id",
    "query": "query_id",
    "candidate": "candidate_id",
}
_MEASURED = ("attr_", "survey_")


def _no_rows():
    return np.zeros(0, np.int32)


def empty_votes(ids):
    """Votes that nobody cast, on the columns `ids`; without splits yet."""
    columns = {name: _no_rows() for name in ids}
    return pd.DataFrame({**columns, "vote": np.zeros(0, np.int8)})


def empty_outfits():
    """No outfits."""
    return pd.DataFrame(
        {
            "outfit_id": pd.Series(dtype=object),
            "customer": _no_rows(),
            "item": _no_rows(),
        }
    )


def empty_questions():
    """No evaluation questions."""
    return pd.DataFrame(
        {
            "question_id": pd.Series(dtype=object),
            "split": pd.Categorical([], splits.SPLITS),
            "customer": _no_rows(),
            "query": _no_rows(),
            "candidate": _no_rows(),
            "label": np.zeros(0, np.int8),
        }
    )


def is_numeric(values):
    """Whether a column of attributes or survey answers holds numbers.

    Args:
        values: `pandas.Series` of numbers, or of `str` with "" for unknown.

    Returns:
        True iff every known value is a finite number and one is known.
    """
    if pd.api.types.is_bool_dtype(values):
        return False
    if pd.api.types.is_numeric_dtype(values):
        return True
    known = [text for text in values.unique() if text != ""]
    return bool(known) and all(map(is_number, known))


def text_frame(table, rows):
    """Frame of a table of items or customers.

    Args:
        table: `tfcompat.data.tables.Table`.
        rows: int `[n]`, which of its rows.

    Returns:
        `pandas.DataFrame` `[n]`: text columns as `str`, "" where unknown;
        prices and numeric attributes and answers as float64, NaN where unknown.
    """
    columns = {}
    for name, column in table.columns.items():
        column = column.take(rows)
        texts = pd.Series(column.texts(), dtype=object)
        measured = name.startswith(_MEASURED) and is_numeric(texts)
        if measured or name == "price":
            texts = pd.Series(column.translate(_number, np.float64))
        columns[name] = texts
    return pd.DataFrame(columns)


def _number(text):
    return float(text) if is_number(text) else np.nan


def timestamps(column, findings):
    """Times of votes, from seconds or ISO 8601.

    Args:
        column: `tfcompat.data.tables.EncodedColumn` named "timestamp".
        findings: `Findings` that takes note of what is no time.

    Returns:
        `[rows]`: int64 or float64 when they are numbers (NaN where unknown),
        else datetime64 in UTC.
    """
    texts = pd.Series(column.values, dtype=object)
    known = texts != ""
    numbers = pd.to_numeric(texts, errors="coerce")
    numbers = numbers.where(np.isfinite(numbers))
    dates = pd.to_datetime(
        texts.where(numbers.isna()), utc=True, errors="coerce"
    )
    # What most values are, all should be.
    if numbers.notna().sum() >= dates.notna().sum():
        good, times = numbers.notna(), numbers
        if good.all() and (numbers % 1 == 0).all():
            times = numbers.astype(np.int64)
        times = times.to_numpy()
    else:
        good, times = dates.notna(), dates.to_numpy("datetime64[ns]")
    bad = (known & ~good).to_numpy()[column.codes]
    reason = "is no time: neither seconds nor ISO 8601 like the others"
    findings.add(bad, "timestamp", reason)
    return times[column.codes]
