"""The JSON of Predict over REST: row and column format, both ways.

Row format has one entry an instance (`instances`, `predictions`), column
format one array a tensor (`inputs`, `outputs`).

Reference: `tensorflow_serving/util/json_tensor.cc`, 2.16.1, whose rules and
messages these are. Departures are named where they are made.
"""

import json

import grpc

from tfcompat.serving.errors import ServingError
from tfcompat.serving.json_tensors import (
    invalid,
    is_base64,
    make_array,
    make_values,
    show,
)
from tfcompat.serving.tensor_arrays import fill_tensor


def parse_body(body: bytes) -> dict:
    """Reads the JSON object of a request.

    Raises:
        ServingError: INVALID_ARGUMENT, if it is none.
    """
    if not body:
        raise invalid("JSON Parse error: The document is empty")
    try:
        document = json.loads(body.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise invalid(
            f"JSON Parse error: {error.msg} at offset: {error.pos}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise invalid(f"JSON Parse error: {error}") from error
    if not isinstance(document, dict):
        raise invalid(f"JSON Value: {show(document)} Is not object")
    return document


def signature_name(document: dict) -> str:
    """Name of the signature that a request is for; "" if it names none.

    Raises:
        ServingError: INVALID_ARGUMENT, if it is no text.
    """
    name = document.get("signature_name", "")
    if not isinstance(name, str):
        raise invalid(
            f"JSON Value: {show(document)} not formatted correctly. "
            "'signature_name' key must be a string value."
        )
    return name


def fill_inputs(document, infos, inputs) -> bool:
    """Writes the tensors of a request.

    Args:
        document: The request's JSON object.
        infos: Map from name to `TensorInfo`: the signature's inputs.
        inputs: Map from name to `TensorProto`, to fill.

    Returns:
        Whether it was in row format.

    Raises:
        ServingError: INVALID_ARGUMENT, if the values are not what the
            signature takes; UNIMPLEMENTED for a type that JSON cannot hold.
    """
    in_rows = "instances" in document
    if in_rows and "inputs" in document:
        raise invalid(
            f"JSON Value: {show(document)} Not formatted correctly expecting "
            "only one of 'inputs' or 'instances' keys to exist"
        )
    if in_rows:
        columns = _columns_of_rows(document["instances"], infos)
    elif "inputs" in document:
        columns = _columns(document["inputs"], infos)
    else:
        raise invalid("Missing 'inputs' or 'instances' key")
    for name, values in columns.items():
        try:
            array = make_array(values, infos[name].dtype)
        except ServingError as error:
            if not in_rows:
                raise
            raise _name_element(
                error, document["instances"], name, infos
            ) from error
        fill_tensor(inputs[name], array)
    return in_rows


def make_outputs(outputs, in_rows: bool) -> dict:
    """What a response's tensors are in JSON.

    Args:
        outputs: Map from name to `TensorProto`.
        in_rows: In row format; else in columns.

    Returns:
        The response's JSON object.

    Raises:
        ServingError: INVALID_ARGUMENT, if the outputs make no rows, or JSON
            cannot hold their type.
    """
    if not outputs:
        raise invalid("Cannot convert empty tensor map to JSON")
    if in_rows:
        _check_rows(outputs)
    columns = {
        name: make_values(name, outputs[name]) for name in sorted(outputs)
    }
    if len(columns) == 1:
        [values] = columns.values()
    elif in_rows:
        values = [
            dict(zip(columns, row, strict=True))
            for row in zip(*columns.values(), strict=True)
        ]
    else:
        values = columns
    return {"predictions" if in_rows else "outputs": values}


def _columns(values, infos):
    """Values of each input in column format."""
    if not isinstance(values, dict) or is_base64(values):
        if len(infos) > 1:
            raise invalid(
                "inputs is a plain value/list, but expecting an object as "
                "multiple input tensors required as per tensorinfo_map"
            )
        return dict.fromkeys(infos, values)
    for name in sorted(infos):
        if name not in values:
            raise invalid(f"Missing named input: {name} in 'inputs' object.")
    return {name: values[name] for name in infos}


def _columns_of_rows(instances, infos):
    """Values of each input in row format, one a row."""
    if not isinstance(instances, list):
        raise invalid(
            f"JSON Value: {show(instances)} Expecting 'instances' to be an "
            "list/array"
        )
    if not instances:
        raise invalid("No values in 'instances' array")
    if not _is_element_object(instances[0]):
        if len(infos) > 1:
            raise invalid(
                "instances is a plain list, but expecting list of objects as "
                "multiple input tensors required as per tensorinfo_map"
            )
        for place, element in enumerate(instances):
            if _is_element_object(element):
                raise invalid(
                    "Expecting value/list but got object at item "
                    f"{place} of input list"
                )
        return dict.fromkeys(infos, instances)
    for place, element in enumerate(instances):
        if not _is_element_object(element):
            raise invalid(
                f"Expecting object but got list at item {place} of input list"
            )
        for name in element:
            if name not in infos:
                raise _element_error(
                    place,
                    name,
                    f"JSON object: does not have named input: {name}",
                )
        if len(element) != len(infos):
            raise invalid(
                f"Failed to process element: {place} of 'instances' list. "
                f"JSON object: {show(element)} keys must be equal to: "
                f"{','.join(sorted(infos))}"
            )
    return {name: [element[name] for element in instances] for name in infos}


def _is_element_object(value):
    return isinstance(value, dict) and not is_base64(value)


def _name_element(error, instances, name, infos):
    """The error of the first row that is wrong, or unlike the first."""
    are_objects = _is_element_object(instances[0])
    first_shape = None
    for place, element in enumerate(instances):
        value = element[name] if are_objects else element
        try:
            shape = make_array(value, infos[name].dtype).shape
        except ServingError as found:
            return _element_error(
                place, name if are_objects else None, found.message, found.code
            )
        if first_shape is None:
            first_shape = shape
        if shape != first_shape:
            return _element_error(
                place,
                name if are_objects else None,
                f"Expecting shape {_show_shape(first_shape)} but got: "
                f"{_show_shape(shape)}",
            )
    return error


def _element_error(place, name, message, code=grpc.StatusCode.INVALID_ARGUMENT):
    key = "" if name is None else f" key: {name}"
    return ServingError(
        code,
        f"Failed to process element: {place}{key} of 'instances' list. "
        f"Error: {code.name}: {message}",
    )


def _show_shape(shape):
    return f"[{','.join(map(str, shape))}]"


def _check_rows(outputs):
    """Checks that all outputs have the same number of rows."""
    rows = None
    for name in sorted(outputs):
        sizes = outputs[name].tensor_shape.dim
        if not sizes:
            raise invalid(f"Tensor name: {name} has no shape information ")
        if rows is None:
            rows = sizes[0].size
        if sizes[0].size != rows:
            raise invalid(
                f"Tensor name: {name} has inconsistent batch size: "
                f"{sizes[0].size} expecting: {rows}"
            )
