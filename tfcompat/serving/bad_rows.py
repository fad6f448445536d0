"""Finds the row that made a batch fail, so that the message can name it."""

import re
import time

import grpc

from tfcompat.serving.errors import ServingError

# Searching costs about as much as running the batch a second time.
MAX_ROWS = 4096
_NAMES_ROW = re.compile(r"(\brow\s+)(\d+)", re.IGNORECASE)


def name_bad_row(error, feeds, run, remaining, first_row=0):
    """Says which row is the first that cannot be computed.

    A graph that decodes a batch of photos fails with a message about one of
    them, but seldom says which.

    Args:
        error: `ServingError` that the batch failed with.
        feeds: Dict of arrays by graph tensor name; scalars go with every row.
        run: Function of feeds and a timeout in seconds, or None.
        remaining: Seconds left until the deadline, or None. At most half of
            them are used, so that the caller gets an answer in any case.
        first_row: Number of the first row of `feeds` in the request.

    Returns:
        A `ServingError`, with `Row 3 of the batch: ` in front of that row's
        own message; where the message names a row already, the same with that
        row counted from the start of the request; `error` itself, if it is
        not INVALID_ARGUMENT or not due to a single row.
    """
    if error.code is not grpc.StatusCode.INVALID_ARGUMENT:
        return error
    if _NAMES_ROW.search(error.message):
        return _count_from(first_row, error)
    rows = {len(array) for array in feeds.values() if array.ndim}
    if len(rows) != 1 or not 1 < max(rows) <= MAX_ROWS:
        return error
    search = _Search(feeds, run, remaining)
    try:
        found = search.first_bad_row(max(rows))
    except _UndecidedError:
        return error
    if found is None:
        return error
    row, message = found
    return ServingError(
        error.code, f"Row {first_row + row} of the batch: {message}"
    )


def _count_from(first_row, error):
    if not first_row:
        return error
    message = _NAMES_ROW.sub(
        lambda found: f"{found[1]}{first_row + int(found[2])}",
        error.message,
        count=1,  # What follows may be a text of the request.
    )
    return ServingError(error.code, message)


class _UndecidedError(Exception):
    """A part failed otherwise, or time is up."""


class _Search:
    def __init__(self, feeds, run, remaining):
        self._feeds = feeds
        self._run = run
        self._end = None
        if remaining is not None:
            self._end = time.monotonic() + remaining / 2

    def first_bad_row(self, count):
        """Number and message of the first row that fails by itself."""
        if self._failure(0, 0) is not None:  # A wrong type or rank, say.
            return None
        first, end = 0, count
        while end - first > 1:
            middle = (first + end) // 2
            if self._failure(first, middle) is not None:
                end = middle
            else:
                first = middle
        message = self._failure(first, end)
        return None if message is None else (first, message)

    def _failure(self, first, end):
        """The message that rows [first, end) fail with; None if they do not."""
        timeout = None
        if self._end is not None:
            timeout = self._end - time.monotonic()
            if timeout <= 0:
                raise _UndecidedError
        part = {
            name: array[first:end] if array.ndim else array
            for name, array in self._feeds.items()
        }
        try:
            self._run(part, timeout)
        except ServingError as error:
            if error.code is not grpc.StatusCode.INVALID_ARGUMENT:
                raise _UndecidedError from error
            return error.message
        return None
