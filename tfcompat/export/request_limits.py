"""What a request may ask for, checked inside the graph."""

import tensorflow as tf

from tfcompat.export.row_checks import after, check, check_rows

MAX_ROWS = 1024
MAX_RESULTS = 200_000


def check_batch(inputs, max_rows=MAX_ROWS):
    """Passes a request's columns on if they are as long as each other.

    Servers hand a graph tensors of any shape, whatever its signature says.

    Args:
        inputs: Dict of tensors `[b]`.
        max_rows: Most rows of a request.

    Returns:
        The same dict.

    Raises:
        tf.errors.InvalidArgumentError: When run with columns of another rank
            or unequal length, or more than `max_rows` rows.
    """
    inputs = {
        name: tf.ensure_shape(column, [None], name=name)
        for name, column in inputs.items()
    }
    first, *others = inputs
    count = tf.shape(inputs[first])[0]
    for name in others:
        length = tf.shape(inputs[name])[0]
        problem = _join(
            f"{first} has ", count, f" rows, but {name} has ", length
        )
        inputs = after(check(length == count, problem), inputs)
    problem = _join(count, f" rows are more than {max_rows:,}; split the batch")
    return after(check(count <= max_rows, problem), inputs)


def check_counts(k, rows, max_results=MAX_RESULTS):
    """How many results each row asks for.

    Args:
        k: int32, one number for all rows or `[rows]`.
        rows: int32 scalar, number of rows.
        max_results: Most results of a request, rows times the largest k.

    Returns:
        int32 `[rows]`.

    Raises:
        tf.errors.InvalidArgumentError: When run with a k of another shape,
            below 1, or for too many results.
    """
    shape = tf.shape(k)
    is_one = tf.equal(tf.size(shape), 0)
    is_each = tf.equal(tf.size(shape), 1) & tf.reduce_all(shape == [rows])
    problem = _join("k must be one number, or one for each of ", rows, " rows")
    k = after(check(is_one | is_each, problem), k)
    counts = tf.ensure_shape(tf.broadcast_to(k, [rows]), [None])
    counts = check_rows(
        counts,
        counts < 1,
        lambda row: _join(
            "row ", row, ": k must be at least 1, got ", tf.gather(counts, row)
        ),
    )
    most = largest_count(counts)
    problem = _join(
        "k of ", most, " for ", rows, " rows asks for more than "
        f"{max_results:,} results; ask for fewer, or split the batch",
    )  # fmt: skip
    # An int32 would overflow.
    results = tf.cast(most, tf.int64) * tf.cast(rows, tf.int64)
    return after(check(results <= max_results, problem), counts)


def largest_count(counts):
    """The largest of int32 `[b]` counts, 0 for an empty batch."""
    return tf.reduce_max(tf.concat([counts, [0]], axis=0))


def cut_rows(item_ids, scores, counts):
    """Takes off each row's list what is past the number it asked for.

    Args:
        item_ids: string `[b, k]`, best first.
        scores: float32 `[b, k]`.
        counts: int32 `[b]`.

    Returns:
        Tuple of the same two, with "" and -inf past a row's count.
    """
    asked = tf.range(tf.shape(scores)[1]) < counts[:, None]  # [b, k]
    return tf.where(asked, item_ids, ""), tf.where(asked, scores, -float("inf"))


def _join(*parts):
    return tf.strings.join(
        [
            part if isinstance(part, str) else tf.strings.as_string(part)
            for part in parts
        ]
    )
