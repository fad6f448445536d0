"""One request through a model: alone, in a batch, or in several."""

import contextlib

import grpc
import numpy as np

from tfcompat.serving.bad_rows import name_bad_row
from tfcompat.serving.batch_merging import count_rows
from tfcompat.serving.errors import ServingError
from tfcompat.serving.tensors import as_array


def run_model(model, queue, caller, feeds, fetches):
    """Runs a model for one request.

    Args:
        model: `LoadedModel`.
        queue: Its `BatchQueue`; None runs the request by itself.
        caller: `Caller`; work past its deadline is cancelled.
        feeds: Dict of arrays by graph tensor name.
        fetches: List of graph tensor names.

    Returns:
        List of arrays.

    Raises:
        ServingError: What the model or the queue raises, a row that alone
            makes a batch invalid being named. FAILED_PRECONDITION, if the
            request was run in parts and an output's rows differ in shape
            between them.
    """
    caller.check()

    def run(feeds, fetches, timeout):
        outputs = model.run(feeds, fetches, timeout)
        return [as_array(output) for output in outputs]

    def run_alone(feeds, timeout):
        return run(feeds, fetches, timeout)

    rows = count_rows(feeds) if queue is not None else None
    if not rows:  # Not batched; or nothing to batch.
        with _naming_bad_rows(feeds, run_alone, caller):
            return run_alone(feeds, caller.remaining())
    parts = []
    limit = queue.parameters.largest_batch
    with queue.admit(rows) as admission:
        for first in range(0, rows, limit):
            part = {
                name: array[first : first + limit] if array.ndim else array
                for name, array in feeds.items()
            }
            with _naming_bad_rows(part, run_alone, caller, first):
                parts.append(queue.run(run, part, fetches, caller, admission))
    if len(parts) == 1:
        return parts[0]
    return [
        _concatenate(name, arrays, limit)
        for name, arrays in zip(fetches, zip(*parts, strict=True), strict=True)
    ]


def _concatenate(name, arrays, limit):
    """An output of all parts; what would fill up rows only its model knows."""
    shapes = {array.shape[1:] for array in arrays}
    if len(shapes) > 1:
        raise ServingError(
            grpc.StatusCode.FAILED_PRECONDITION,
            f"Output tensors with name '{name}' from different parts of the "
            f"request have rows of different shapes, {sorted(shapes)}; send "
            f"at most {limit} rows a request",
        )
    return np.concatenate(arrays)


@contextlib.contextmanager
def _naming_bad_rows(feeds, run, caller, first_row=0):
    try:
        yield
    except ServingError as error:
        remaining = caller.remaining()
        raise name_bad_row(error, feeds, run, remaining, first_row) from error
