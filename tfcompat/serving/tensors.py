"""Between the TensorProtos of requests and answers and NumPy arrays."""

import math

import numpy as np
import tensorflow as tf

_NOT_DATA = {tf.resource, tf.variant}
_STRING_BYTES = 64  # What a string costs besides its characters.

# TensorProto fields whose packed form is the array's own memory: name, number
# on the wire, and the type to view it as.
_PACKED_FIELDS = {
    tf.float32: (5, np.float32),
    tf.float64: (6, np.float64),
    tf.complex64: (9, np.complex64),
    tf.bool: (11, np.bool_),
    tf.complex128: (12, np.complex128),
}
_INTEGER_FIELDS = {
    tf.int64: "int64_val",
    tf.uint32: "uint32_val",
    tf.uint64: "uint64_val",
}
# Fields whose values NumPy takes as they are.
_PLAIN_FIELDS = {
    tf.float32: ("float_val", np.float32),
    tf.float64: ("double_val", np.float64),
    tf.int32: ("int_val", np.int32),
    tf.int64: ("int64_val", np.int64),
    tf.string: ("string_val", object),
}
_MOST_DIMENSIONS = 8  # Of what is read without TensorFlow.
_HALVES = {tf.float16, tf.bfloat16}
_LENGTH_DELIMITED = 2


class TensorTooLargeError(ValueError):
    """A tensor that would take more memory than the server allows."""


def read_tensor(proto, max_bytes):
    """Reads a tensor exactly as TensorFlow Serving does.

    That is C++ `Tensor::FromProto`: too few values repeat the last one, none
    at all are zeros or "", surplus ones are dropped, `tensor_content` comes
    before typed values and must have the right length.

    Departs from TensorFlow Serving: a small message may not ask for a huge
    tensor by its shape.

    Args:
        proto: `TensorProto`; the type of its values is whatever it says.
        max_bytes: Refuse what would take more memory than this.

    Returns:
        `np.ndarray`, of dtype object with `bytes` in it for strings.

    Raises:
        TensorTooLargeError: If it would take more than `max_bytes`.
        ValueError: If it is no tensor.
    """
    try:
        dtype = tf.as_dtype(proto.dtype)
    except TypeError as error:
        raise ValueError(f"no data type {proto.dtype}") from error
    if dtype in _NOT_DATA or dtype != dtype.base_dtype:
        raise ValueError(f"{dtype.name} cannot be sent")
    if _needed_bytes(proto, dtype) > max_bytes:
        sizes = ",".join(str(dim.size) for dim in proto.tensor_shape.dim)
        raise TensorTooLargeError(
            f"shape [{sizes}] needs more than the {max_bytes} bytes that this "
            "server takes"
        )
    array = _read_whole(proto, dtype)
    if array is not None:
        return array
    try:
        tensor = tf.io.parse_tensor(proto.SerializeToString(), dtype)
        return as_array(tensor.numpy())
    except (tf.errors.OpError, TypeError) as error:
        raise ValueError(str(error)) from error


def _read_whole(proto, dtype):
    """A tensor of which every value is written out; None for all others.

    What clients send; TensorFlow's own parser takes a third of the server's
    time for a small request.
    """
    shape = [dim.size for dim in proto.tensor_shape.dim]
    if (
        dtype not in _PLAIN_FIELDS
        or proto.tensor_shape.unknown_rank
        or len(shape) > _MOST_DIMENSIONS
        or min(shape, default=0) < 0
    ):
        return None
    field, kind = _PLAIN_FIELDS[dtype]
    if proto.tensor_content:
        if kind is object or len(proto.tensor_content) != (
            math.prod(shape) * dtype.size
        ):
            return None
        array = np.frombuffer(proto.tensor_content, kind).copy()
        return array.reshape(shape)
    values = getattr(proto, field)
    if len(values) != math.prod(shape) or not values:
        return None
    array = np.empty(len(values), kind)
    array[:] = values
    return array.reshape(shape)


def as_array(value):
    """TensorFlow hands out scalars as such, and strings as bytes: wraps them.

    Args:
        value: `np.ndarray`, NumPy scalar or `bytes`.

    Returns:
        `np.ndarray`.
    """
    if isinstance(value, bytes):
        return np.array(value, object)
    return np.asarray(value)


def _needed_bytes(proto, dtype):
    """Memory of the parsed tensor; of a malformed one it may be anything."""
    count = math.prod(max(dim.size, 0) for dim in proto.tensor_shape.dim)
    if dtype != tf.string:
        return count * dtype.size
    strings = proto.string_val
    size = len(proto.tensor_content) + sum(map(len, strings))
    if strings:  # The last is repeated.
        size += max(count - len(strings), 0) * len(strings[-1])
    return size + count * _STRING_BYTES


def write_tensor(array, proto):
    """Writes an array into a TensorProto's typed field.

    TensorFlow Serving answers so, and clients read `.float_val`; what
    `tf.make_tensor_proto` writes, `tensor_content`, they would see as nothing.

    Args:
        array: `np.ndarray`; of dtype object for strings.
        proto: `TensorProto`, empty.

    Raises:
        ValueError: If the array holds what cannot be sent.
    """
    is_string = array.dtype == object
    dtype = tf.string if is_string else tf.as_dtype(array.dtype)
    proto.dtype = dtype.as_datatype_enum
    proto.tensor_shape.SetInParent()  # A scalar has a shape, too.
    for size in array.shape:
        proto.tensor_shape.dim.add(size=size)
    flat = np.ascontiguousarray(array).reshape(-1)
    if is_string:
        proto.string_val.extend(flat.tolist())
    elif dtype in _PACKED_FIELDS:
        number, view = _PACKED_FIELDS[dtype]
        # Copying bytes is 100 times as fast as adding Python floats.
        content = flat.astype(view, copy=False).tobytes()
        proto.MergeFromString(_packed(number, content))
    elif dtype in _HALVES:
        proto.half_val.extend(flat.view(np.uint16).tolist())
    elif dtype.is_integer and not dtype.is_quantized:
        field = _INTEGER_FIELDS.get(dtype, "int_val")
        getattr(proto, field).extend(flat.astype(object).tolist())
    else:
        raise ValueError(f"{dtype.name} cannot be sent")


def _packed(number, content):
    """A packed repeated field on the wire."""
    prefix = bytearray([number << 3 | _LENGTH_DELIMITED])
    length = len(content)
    while length > 0x7F:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    prefix.append(length)
    return bytes(prefix) + content
