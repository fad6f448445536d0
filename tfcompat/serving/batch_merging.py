"""Which requests can share a session run, and how they are put together."""

import grpc
import numpy as np

from tfcompat.serving.errors import ServingError


def count_rows(feeds):
    """How many rows a request brings to a batch.

    Args:
        feeds: Dict of arrays by graph tensor name.

    Returns:
        The common size of dimension 0 of all inputs that have one; None if
        all are scalars.

    Raises:
        ServingError: INVALID_ARGUMENT, if these sizes differ.
    """
    sizes = {len(array) for array in feeds.values() if array.ndim}
    if len(sizes) > 1:
        raise ServingError(
            grpc.StatusCode.INVALID_ARGUMENT,
            "Batching Run() input tensors must have equal 0th-dimension size",
        )
    return sizes.pop() if sizes else None


def batch_key(feeds, fetches, pad_variable_length):
    """What two requests must have in common to be merged.

    Names and types of the inputs, their shapes less dimension 0 (only the
    number of dimensions, if shorter rows are padded), the value of those that
    are scalars, and the outputs asked for.
    """
    inputs = []
    for name in sorted(feeds):
        array = feeds[name]
        if array.ndim == 0:
            value = array.item() if array.dtype == object else array.tobytes()
            inputs.append((name, array.dtype.str, value))
        else:
            sizes = array.ndim if pad_variable_length else array.shape[1:]
            inputs.append((name, array.dtype.str, sizes))
    return tuple(inputs), tuple(fetches)


def merge_rows(requests, size):
    """Concatenates the inputs of several requests.

    Args:
        requests: List of dicts of arrays by graph tensor name, all with the
            same `batch_key`.
        size: Rows of the result; the first row is repeated up to it.

    Returns:
        Dict of arrays by graph tensor name; scalars are passed on.
    """
    merged = {}
    for name, first in requests[0].items():
        if first.ndim == 0:
            merged[name] = first
            continue
        arrays = _pad_to_same([request[name] for request in requests])
        missing = size - sum(map(len, arrays))
        arrays += [arrays[0][:1]] * missing
        merged[name] = np.concatenate(arrays) if arrays[1:] else first
    return merged


def _pad_to_same(arrays):
    """Lengthens rows at their ends by each array's first value."""
    shape = np.max([array.shape[1:] for array in arrays], axis=0)
    return [
        array
        if array.shape[1:] == tuple(shape)
        else np.pad(
            array,
            [(0, 0), *((0, n) for n in shape - array.shape[1:])],
            constant_values=_padding_value(array),
        )
        for array in arrays
    ]


def _padding_value(array):
    if array.size:
        return array.flat[0]
    return b"" if array.dtype == object else 0


def split_rows(outputs, counts, size):
    """Gives each request its own rows of the outputs.

    Args:
        outputs: List of arrays that the graph answered.
        counts: Rows of each request.
        size: Rows that were fed, padding included.

    Returns:
        For each request a list of arrays.

    Raises:
        ServingError: FAILED_PRECONDITION, if an output has not as many rows
            as were fed.
    """
    for output in outputs:
        if output.ndim == 0:
            raise ServingError(
                grpc.StatusCode.FAILED_PRECONDITION,
                "Batched output tensor has 0 dimensions",
            )
        if len(output) != size:
            raise ServingError(
                grpc.StatusCode.FAILED_PRECONDITION,
                "Batched output tensor's 0th dimension does not equal the sum "
                "of the 0th dimension sizes of the input tensors",
            )
    ends = np.cumsum(counts)
    return [
        [output[end - count : end] for output in outputs]
        for count, end in zip(counts, ends, strict=True)
    ]
