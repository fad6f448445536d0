"""The JSON of Classify and Regress over REST: tf.Examples in, results out.

Reference: `tensorflow_serving/util/json_tensor.cc`, 2.16.1, whose rules and
messages these are.
"""

import numpy as np

from tfcompat.serving.json_tensors import (
    decode_base64,
    encode_text,
    float_list,
    invalid,
    is_base64,
    make_array,
    show,
    type_name,
)

_FLOAT = 1


def fill_examples(document, examples_input):
    """Writes the tf.Examples of a request.

    2.0 makes a feature of floats, 2 and true one of integers, text and
    `{"b64": ...}` one of bytes.

    Args:
        document: The request's JSON object, with `examples` and perhaps a
            `context` that they all share.
        examples_input: `tensorflow.serving.Input`, to fill.

    Raises:
        ServingError: INVALID_ARGUMENT, if it holds no such examples.
    """
    target = examples_input.example_list
    if "context" in document:
        target = examples_input.example_list_with_context
        _fill_example(document["context"], target.context)
    if "examples" not in document:
        raise invalid(
            f"JSON Value: {show(document)} When method is classify, key "
            "'examples' is expected and was not found"
        )
    examples = document["examples"]
    if not isinstance(examples, list):
        raise invalid(
            f"JSON Value: {show(document)} Expecting 'examples' value to be "
            "an list/array"
        )
    if not examples:
        raise invalid(
            f"JSON Value: {show(document)} 'examples' value is an empty array"
        )
    for example in examples:
        _fill_example(example, target.examples.add())


def make_classifications(result) -> dict:
    """JSON object of a `ClassificationResult`: [label, score] pairs a row.

    Raises:
        ServingError: INVALID_ARGUMENT, if it is empty.
    """
    if not result.classifications:
        raise invalid("Cannot convert empty ClassificationResults to JSON")
    return {
        "results": [
            [
                [one.label, score]
                for one, score in zip(
                    row.classes,
                    _floats(one.score for one in row.classes),
                    strict=True,
                )
            ]
            for row in result.classifications
        ]
    }


def make_regressions(result) -> dict:
    """JSON object of a `RegressionResult`: a value a row.

    Raises:
        ServingError: INVALID_ARGUMENT, if it is empty.
    """
    if not result.regressions:
        raise invalid("Cannot convert empty RegressionResults to JSON")
    return {"results": _floats(one.value for one in result.regressions)}


def _floats(values):
    return float_list(np.fromiter(values, np.float32))


def _fill_example(value, example):
    if not isinstance(value, dict):
        raise invalid(
            "Example must be JSON object but got JSON " + type_name(value)
        )
    for name, content in value.items():
        encode_text(name)
        feature = example.features.feature[name]
        for one in content if isinstance(content, list) else [content]:
            _add_value(one, name, feature)


def _add_value(value, name, feature):
    """Adds one JSON value to a feature, all of one kind."""
    if isinstance(value, str):
        kind, value = "bytes_list", encode_text(value)
    elif is_base64(value):
        kind, value = "bytes_list", decode_base64(value)
    elif isinstance(value, float):
        kind = "float_list"
        make_array(value, _FLOAT)  # Refuses what float32 cannot hold.
    elif isinstance(value, int):  # True and false too.
        kind, value = "int64_list", int(value)
        if not -(2**63) <= value < 2**63:
            raise invalid(
                f"Feature: {name} has uint64 element. Only int64 is supported."
            )
    else:
        raise invalid(
            f"Feature: {name} has element with unexpected JSON type: "
            f"{type_name(value)}"
        )
    present = feature.WhichOneof("kind")
    if present not in (None, kind):
        raise invalid(
            f"Unexpected element type in feature: {name} expecting type: "
            f"{present.removesuffix('_list')}"
        )
    getattr(feature, kind).value.append(value)
