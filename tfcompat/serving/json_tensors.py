"""JSON values to arrays and back, by TensorFlow Serving's rules.

Reference: `tensorflow_serving/util/json_tensor.cc`, 2.16.1. Departures are
named where they are made.
"""

import base64
import binascii
import json

import grpc
import numpy as np

from tfcompat.serving.errors import ServingError
from tfcompat.serving.tensor_arrays import (
    BFLOAT16,
    STRING,
    dtype_name,
    numpy_type,
    to_array,
)

_MAX_RANK = 32  # NumPy's.
_SHOWN = 200  # Characters of a value that a message shows.
_TYPE_NAMES = {
    type(None): "Null",
    bool: "Bool",
    dict: "Object",
    list: "Array",
    str: "String",
    int: "Number",
    float: "Number",
}


def make_array(value, dtype: int) -> np.ndarray:
    """Array of a JSON value: a scalar, or a list of lists.

    Whole numbers pass for floats, not the reverse, and none that the type
    cannot hold exactly (integers) or at all (floats). Text, or
    `{"b64": text}`, is for strings only.

    Args:
        value: The value.
        dtype: TensorFlow's number of the array's type.

    Returns:
        `np.ndarray`, strings as objects (`bytes`).

    Raises:
        ServingError: INVALID_ARGUMENT, if it is ragged or of another type;
            UNIMPLEMENTED, if JSON cannot hold such arrays.
    """
    shape, first = [], value
    while isinstance(first, list):
        shape.append(len(first))
        if not first:
            break
        first = first[0]
        if len(shape) == _MAX_RANK:
            raise invalid(f"Lists are nested more than {_MAX_RANK} deep")
    leaves = []
    _collect(value, 0, shape, leaves)
    kind = numpy_type(dtype)
    if dtype == STRING:
        array = np.empty(len(leaves), object)
        array[:] = [_make_bytes(leaf) for leaf in leaves]
    elif kind is None or kind.kind not in "fiub" or dtype == BFLOAT16:
        raise ServingError(
            grpc.StatusCode.UNIMPLEMENTED,
            f"Conversion of JSON Value: {show(value)} to type: "
            f"{dtype_name(dtype)}",
        )
    else:
        _check_leaves(leaves, kind, dtype)
        array = np.array(leaves, kind)
    return array.reshape(shape)


def _collect(value, level, shape, leaves):
    """Adds a value's leaves, all of which must be at the shape's rank."""
    rank = len(shape)
    if not isinstance(value, list):
        if level != rank:
            raise invalid(
                f"JSON Value: {show(value)} found at incorrect level: "
                f"{level + 1} in the JSON DOM. Expected at level: {rank}"
            )
        leaves.append(value)
        return
    if level >= rank:
        raise invalid(
            f"Encountered list at unexpected level: {level} expected < {rank}"
        )
    if len(value) != shape[level]:
        raise invalid(
            f"Encountered list at unexpected size: {len(value)} at level: "
            f"{level} expected size: {shape[level]}"
        )
    if level == rank - 1 and list not in set(map(type, value)):
        leaves.extend(value)
        return
    for part in value:
        _collect(part, level + 1, shape, leaves)


def _check_leaves(leaves, kind, dtype):
    allowed = {"b": {bool}, "f": {int, float}}.get(kind.kind, {int})
    if not set(map(type, leaves)) <= allowed:
        for leaf in leaves:
            if type(leaf) not in allowed:
                raise _wrong_type(leaf, dtype)
    if not leaves or kind.kind == "b":
        return
    if kind.kind != "f":
        bounds = np.iinfo(kind)
        for leaf in (min(leaves), max(leaves)):
            if not bounds.min <= leaf <= bounds.max:
                raise _wrong_type(leaf, dtype)
        return
    limits = np.finfo(kind)
    exact = 2 ** (limits.nmant + 1) - 1
    for leaf in leaves:
        if type(leaf) is int:
            fits = -exact <= leaf <= exact
        else:  # Infinities and NaN pass.
            fits = not limits.max < abs(leaf) < np.inf
        if not fits:
            raise invalid(
                f"Cannot convert JSON value: {show(leaf)} to "
                f"{dtype_name(dtype)} without loss of precision."
            )


def _make_bytes(leaf):
    if isinstance(leaf, dict):
        return decode_base64(leaf)
    if not isinstance(leaf, str):
        raise _wrong_type(leaf, STRING)
    return encode_text(leaf)


def encode_text(text: str) -> bytes:
    """UTF-8 of a JSON text.

    Raises:
        ServingError: INVALID_ARGUMENT, if it holds half a surrogate pair.
    """
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise invalid(f"JSON text is no Unicode: {error}") from error


def _wrong_type(value, dtype):
    return invalid(
        f"JSON Value: {show(value)} Type: {type_name(value)} is not of "
        f"expected type: {dtype_name(dtype)}"
    )


def is_base64(value) -> bool:
    """Whether a JSON value is an object that stands for bytes."""
    return (
        isinstance(value, dict)
        and value.keys() == {"b64"}
        and isinstance(value["b64"], str)
    )


def decode_base64(value: dict) -> bytes:
    """Bytes that `{"b64": text}` stands for.

    Raises:
        ServingError: INVALID_ARGUMENT, if it is not formed rightly.
    """
    if not is_base64(value):
        raise invalid(
            f"JSON Value: {show(value)} not formatted correctly for base64 data"
        )
    text = "".join(value["b64"].split()).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("Unable to base64 decode") from error


def make_values(name: str, tensor):
    """JSON value of an output: a scalar, or a list of lists.

    Departs from TensorFlow Serving, which writes text that is no UTF-8 as it
    is and so breaks the JSON: such an output comes as `{"b64": ...}`, as do
    those whose names end in `_bytes`.

    Args:
        name: The output's name.
        tensor: `TensorProto`.

    Raises:
        ServingError: INVALID_ARGUMENT, if JSON cannot hold its type.
    """
    kind = numpy_type(tensor.dtype)
    if kind is None or kind.kind == "c":
        raise invalid(
            "Failed to write JSON value for tensor type: "
            f"{dtype_name(tensor.dtype)}"
        )
    array = to_array(tensor)
    if kind.kind == "f":
        return float_list(array)
    if tensor.dtype != STRING:
        return array.tolist()
    strings = array.ravel().tolist()
    try:
        if name.endswith("_bytes"):
            values = [_as_base64(string) for string in strings]
        else:
            values = [string.decode("utf-8") for string in strings]
    except UnicodeDecodeError:
        values = [_as_base64(string) for string in strings]
    shaped = np.empty(len(values), object)
    shaped[:] = values
    return shaped.reshape(array.shape).tolist()


def _as_base64(string):
    return {"b64": base64.b64encode(string).decode("ascii")}


def float_list(array):
    """A float array as nested lists, each number as short as its type allows.

    So 0.1 in float32 is 0.1, not 0.10000000149011612.
    """
    if array.dtype != np.float64:
        array = array.astype(str).astype(np.float64)
    return array.tolist()


def show(value) -> str:
    """A JSON value for a message; a long one is cut short."""
    text = ""
    try:
        for part in json.JSONEncoder(ensure_ascii=False).iterencode(value):
            text += part
            if len(text) > _SHOWN:
                return text[:_SHOWN] + "..."
    except RecursionError:  # Read, for reading takes fewer frames.
        return text + "..."
    return text


def type_name(value) -> str:
    """What JSON calls the type of a value."""
    return _TYPE_NAMES[type(value)]


def invalid(message: str) -> ServingError:
    """An INVALID_ARGUMENT."""
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
