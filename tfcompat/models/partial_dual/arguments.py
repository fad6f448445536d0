"""Checks of what users pass to Partial Dual."""

import numbers

import numpy as np


def check_ratings(rows, columns, ratings, shape, names=None):
    """Ratings as arrays, or an error naming the argument and the value.

    Args:
        rows: int `[n]`, values in `[0, shape[0])`.
        columns: int `[n]`, values in `[0, shape[1])`.
        ratings: finite float `[n]`.
        shape: `(num_rows, num_columns)`, positive.
        names: What to call the first three; their own names by default.

    Returns:
        `(rows, columns, ratings)` as arrays, the last one float64.

    Raises:
        ValueError: If one of them is not as described, or there are none.
    """
    names = names or ("rows", "columns", "ratings")
    check_shape(shape)
    rows = check_indices(names[0], rows, shape[0])
    columns = check_indices(names[1], columns, shape[1])
    ratings = np.asarray(ratings)
    if ratings.dtype.kind not in "biuf" or ratings.ndim != 1:
        raise ValueError(
            f"`{names[2]}` must be a 1-D array of numbers, got "
            f"{ratings.ndim}-D {ratings.dtype}."
        )
    check_lengths(names, (rows, columns, ratings))
    if not len(ratings):
        raise ValueError(f"`{names[2]}` is empty.")
    ratings = ratings.astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(ratings))
    if len(bad):
        raise ValueError(
            f"`{names[2]}` must be finite, got {ratings[bad[0]]} at position "
            f"{bad[0]}."
        )
    return rows, columns, ratings


def check_indices(name, values, limit):
    """`values` as an int array `[n]` with values in `[0, limit)`."""
    values = np.asarray(values)
    if values.ndim != 1 or (len(values) and values.dtype.kind not in "iu"):
        raise ValueError(
            f"`{name}` must be a 1-D array of integers, got {values.ndim}-D "
            f"{values.dtype}."
        )
    bad = np.flatnonzero((values < 0) | (values >= limit))
    if len(bad):
        raise ValueError(
            f"`{name}` must lie in [0, {limit}), got {values[bad[0]]} at "
            f"position {bad[0]}."
        )
    return values.astype(np.int64)


def check_lengths(names, arrays):
    """Raises unless all arrays have the same length."""
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) > 1:
        quoted = ", ".join(f"`{name}`" for name in names)
        raise ValueError(
            f"{quoted} must have the same length, got "
            f"{', '.join(map(str, lengths))}."
        )


def check_shape(shape):
    """Raises unless `shape` is two positive integers."""
    whole = [isinstance(size, numbers.Integral) for size in shape]
    if len(whole) != 2 or not all(whole) or min(shape) < 1:
        raise ValueError(
            f"`shape` must be two positive integers, got {shape!r}."
        )


def check_positive_integer(name, value):
    """Raises unless `value` is an integer of at least 1."""
    if not isinstance(value, numbers.Integral) or value < 1:
        raise ValueError(f"`{name}` must be a positive integer, got {value!r}.")


def check_seed(name, value):
    """Raises unless `value` is an integer of at least 0."""
    if not isinstance(value, numbers.Integral) or value < 0:
        raise ValueError(
            f"`{name}` must be a non-negative integer, got {value!r}."
        )


def check_positive(name, value):
    """Raises unless `value` is a positive finite number."""
    if not isinstance(value, numbers.Real) or not 0.0 < value < np.inf:
        raise ValueError(
            f"`{name}` must be a positive finite number, got {value!r}."
        )


def check_choice(name, value, choices):
    """Raises unless `value` is one of `choices`."""
    if value not in choices:
        raise ValueError(
            f"`{name}` must be one of {', '.join(map(repr, choices))}, got "
            f"{value!r}."
        )


def check_rank(name, rank, shape):
    """Raises unless `rank` is an integer in [1, number of rows]."""
    check_positive_integer(name, rank)
    if rank > shape[0]:
        raise ValueError(
            f"`{name}` must be at most the number of rows {shape[0]}, got "
            f"{rank}."
        )
