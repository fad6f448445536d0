"""Attribute and survey columns as numbers, by a vocabulary that can be saved.

`learn_columns` looks at a table once; what it returns is plain JSON and
encodes any later table, of unseen garments or customers, the same way.
"""

import numpy as np
import pandas as pd


def _texts(frame, name):
    return frame[name].fillna("").astype(str).str.strip()


def _numbers(texts):
    """Float column with NaN for the empty, or None where it is not numeric."""
    numbers = pd.to_numeric(texts.where(texts != ""), errors="coerce")
    known = numbers[texts != ""]
    return numbers if len(known) and np.isfinite(known).all() else None


def learn_columns(frame, names, max_values=100):
    """Finds out what stands in some columns.

    Empty cells are unknown. A column is numeric if every known cell is a
    finite number, else categorical. Columns that say nothing (fewer than two
    distinct values) are left out.

    Args:
        frame: `pandas.DataFrame`.
        names: Columns to look at.
        max_values: Most values kept of a categorical column; the rarer ones
            become unknown.

    Returns:
        Dict from column name to its encoding: `{"values": [...]}`, sorted, or
        `{"mean": float, "scale": float}`, the known cells' deviation.

    Raises:
        ValueError: If a column is not in the frame.
    """
    columns = {}
    for name in names:
        if name not in frame:
            raise ValueError(
                f"`names` holds {name!r}, but the columns are "
                f"{', '.join(map(str, frame.columns))}."
            )
        texts = _texts(frame, name)
        counts = texts[texts != ""].value_counts()
        if len(counts) < 2:
            continue
        numbers = _numbers(texts)
        if numbers is None:
            # Sorted first: which of equally frequent values stay must not
            # depend on the order of rows.
            kept = counts.sort_index().sort_values(
                ascending=False, kind="stable"
            )
            columns[name] = {"values": sorted(kept.index[:max_values])}
        elif (scale := float(numbers.std(ddof=0))) > 0:
            columns[name] = {"mean": float(numbers.mean()), "scale": scale}
    return columns


def encode_columns(frame, columns):
    """Encodes each column on its own.

    Args:
        frame: `pandas.DataFrame`; a column it lacks is unknown throughout.
        columns: What `learn_columns` returned.

    Returns:
        Dict from name to an array `[rows]`: int32 index into the values, -1
        where unknown; or float32, standardised, NaN where unknown.

    Raises:
        ValueError: If a numeric column holds something that is no number.
    """
    encoded = {}
    for name, column in columns.items():
        if name not in frame:
            texts = pd.Series([""] * len(frame))
        else:
            texts = _texts(frame, name)
        if "values" in column:
            index = pd.Index(column["values"]).get_indexer(texts)
            encoded[name] = index.astype("int32")
            continue
        numbers = pd.to_numeric(texts.where(texts != ""), errors="coerce")
        wrong = texts[(texts != "") & ~np.isfinite(numbers)]
        if len(wrong):
            raise ValueError(
                f"Column {name} is numeric, but holds {wrong.iloc[0]!r}."
            )
        numbers = (numbers - column["mean"]) / column["scale"]
        encoded[name] = numbers.to_numpy("float32")
    return encoded


def encode_matrix(frame, columns):
    """Encodes all columns side by side, the unknown as zeros.

    Args:
        frame: `pandas.DataFrame`.
        columns: What `learn_columns` returned.

    Returns:
        float32 `[rows, width]`: one-hot blocks and standardised numbers.

    Raises:
        ValueError: As `encode_columns`.
    """
    blocks = [np.zeros((len(frame), 0), "float32")]
    for name, array in encode_columns(frame, columns).items():
        if "values" in columns[name]:
            hot = np.arange(len(columns[name]["values"])) == array[:, None]
            blocks.append(hot.astype("float32"))
        else:
            blocks.append(np.nan_to_num(array)[:, None])
    return np.concatenate(blocks, axis=1)
