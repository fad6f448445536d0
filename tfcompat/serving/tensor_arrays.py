"""NumPy arrays to TensorProto messages and back, without TensorFlow.

Works on the messages of `tfcompat.serving.wire` and on TensorFlow's own, for
their fields have the same names.
"""

import math

import numpy as np

STRING = 7
BFLOAT16 = 14
# TensorFlow's number, name, NumPy type and field of each kind of values.
_KINDS = (
    (1, "float", np.float32, "float_val"),
    (2, "double", np.float64, "double_val"),
    (3, "int32", np.int32, "int_val"),
    (4, "uint8", np.uint8, "int_val"),
    (5, "int16", np.int16, "int_val"),
    (6, "int8", np.int8, "int_val"),
    (STRING, "string", np.object_, "string_val"),
    (8, "complex64", np.complex64, "scomplex_val"),
    (9, "int64", np.int64, "int64_val"),
    (10, "bool", np.bool_, "bool_val"),
    (BFLOAT16, "bfloat16", np.float32, "half_val"),
    (17, "uint16", np.uint16, "int_val"),
    (18, "complex128", np.complex128, "dcomplex_val"),
    (19, "half", np.float16, "half_val"),
    (22, "uint32", np.uint32, "uint32_val"),
    (23, "uint64", np.uint64, "uint64_val"),
)
_BY_NUMBER = {number: kind for number, *kind in _KINDS}
_NUMBERS = {
    np.dtype(kind): number
    for number, _, kind, _ in _KINDS
    if number != BFLOAT16
}


def dtype_name(number: int) -> str:
    """TensorFlow's name of a DataType number, such as "float" for 1."""
    return _BY_NUMBER[number][0] if number in _BY_NUMBER else f"type {number}"


def numpy_type(number: int):
    """`np.dtype` that holds a DataType, None if there is none.

    Strings are objects (`bytes`), and bfloat16, which NumPy lacks, float32.
    """
    return np.dtype(_BY_NUMBER[number][1]) if number in _BY_NUMBER else None


def as_array(values):
    """Makes an array of what a caller gives, as TensorFlow would.

    Arrays keep their type. Python's own numbers become float32 and int32
    (int64 if they are too large), for a server never casts.

    Args:
        values: Array, or number, text, bytes or nested list of them.

    Returns:
        `np.ndarray`; text and bytes as an object array of `bytes`.

    Raises:
        ValueError: If it is ragged or of a type that no tensor has.
    """
    given = hasattr(values, "dtype")
    # Never NumPy's own "S": it drops the zeros that end a picture's bytes.
    text = not given and isinstance(_first_leaf(values), (str, bytes))
    try:
        array = np.asarray(values, dtype=object if text else None)
    except ValueError as error:
        raise ValueError(f"not a rectangular array: {error}") from error
    if not given and not text and array.dtype.kind in "SU":
        raise ValueError("numbers and text in one array")
    if array.dtype.kind in "OSU":
        flat = [_as_bytes(value) for value in array.ravel().tolist()]
        strings = np.empty(len(flat), dtype=object)
        strings[:] = flat
        return strings.reshape(array.shape)
    if not given and array.dtype == np.float64:
        return array.astype(np.float32)
    if not given and array.dtype == np.int64:
        bounds = np.iinfo(np.int32)
        if not array.size or (
            bounds.min <= array.min() and array.max() <= bounds.max
        ):
            return array.astype(np.int32)
    if array.dtype.newbyteorder("=") not in _NUMBERS:
        raise ValueError(f"no tensor has the type {array.dtype}")
    return array


def _first_leaf(values):
    while isinstance(values, (list, tuple)) and values:
        values = values[0]
    return values


def _as_bytes(value):
    if isinstance(value, str):
        return value.encode("utf-8")
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise ValueError(f"not text or bytes: {value!r}")


def fill_tensor(tensor, array):
    """Writes an array into an empty TensorProto.

    Args:
        tensor: The message.
        array: `np.ndarray` as `as_array` makes it.
    """
    array = np.asarray(array, order="C")
    native = array.dtype.newbyteorder("=")
    tensor.dtype = _NUMBERS[native]
    tensor.tensor_shape.SetInParent()  # A scalar's shape is empty, not absent.
    for size in array.shape:
        tensor.tensor_shape.dim.add(size=size)
    if array.dtype.kind == "O":
        tensor.string_val.extend(array.ravel().tolist())
    else:  # Little-endian, whatever the machine.
        little = array.astype(native.newbyteorder("<"), copy=False)
        tensor.tensor_content = little.tobytes()


def to_array(tensor):
    """Reads a TensorProto as TensorFlow does.

    `tensor_content` wins over the typed fields; of these, a short one repeats
    its last value, and surplus values are dropped.

    Args:
        tensor: The message.

    Returns:
        `np.ndarray`, strings as objects (`bytes`), bfloat16 as float32.

    Raises:
        ValueError: If its type is none that an array can hold, or its content
            does not fill its shape.
    """
    if tensor.dtype not in _BY_NUMBER:
        raise ValueError(f"no array holds {dtype_name(tensor.dtype)}")
    _, kind, field = _BY_NUMBER[tensor.dtype]
    shape = tuple(dim.size for dim in tensor.tensor_shape.dim)
    if kind is np.object_:
        strings = np.full(math.prod(shape), b"", dtype=object)
        _fill(strings, list(tensor.string_val))
        return strings.reshape(shape)
    stored = np.uint16 if field == "half_val" else kind
    if tensor.tensor_content:
        little = np.dtype(stored).newbyteorder("<")
        values = np.frombuffer(tensor.tensor_content, little).astype(stored)
    else:
        given = np.fromiter(getattr(tensor, field), _field_type(field))
        if np.issubdtype(kind, np.complexfloating):
            given = given.view(kind)
        values = np.zeros(math.prod(shape), stored)
        _fill(values, given)
    if tensor.dtype == BFLOAT16:  # The upper half of a float32.
        values = (values.astype(np.uint32) << 16).view(np.float32)
    elif field == "half_val":
        values = values.view(np.float16)
    return values.reshape(shape)


def _field_type(field):
    """Type of the values as the field holds them."""
    return {
        "float_val": np.float32,
        "scomplex_val": np.float32,
        "double_val": np.float64,
        "dcomplex_val": np.float64,
        "bool_val": np.bool_,
        "uint64_val": np.uint64,
    }.get(field, np.int64)


def _fill(values, given):
    """Copies what is given, and repeats the last of it to the end."""
    count = min(len(given), len(values))
    if count:
        values[:count] = given[:count]
        values[count:] = given[count - 1]
