"""Classify, Regress and MultiInference feed serialised tf.Examples."""

import grpc
import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2

from tfcompat.serving.errors import ServingError


def find_signature(model, name):
    """The model's `SignatureDef` of that name.

    Raises:
        ServingError: INVALID_ARGUMENT, if it has none.
    """
    signature = model.signatures.get(name)
    if signature is None:
        raise invalid_argument(f"No signature was found with the name: {name}")
    return signature


def run_examples(examples_input, feed, fetches, run):
    """Runs a graph on the examples of a request.

    Args:
        examples_input: `tensorflow_serving.apis.input_pb2.Input`.
        feed: Name of the graph tensor, string `[n]`, that takes them.
        fetches: Names of the graph tensors wanted.
        run: Function of feeds and fetches that returns arrays.

    Returns:
        Dict of arrays by graph tensor name, and n.

    Raises:
        ServingError: INVALID_ARGUMENT, if there is no example.
    """
    examples = _serialized_examples(examples_input)
    if not examples:
        raise invalid_argument("Input is empty.")
    array = np.empty(len(examples), object)
    array[:] = examples
    outputs = run({feed: array}, fetches)
    return dict(zip(fetches, outputs, strict=True)), len(examples)


def _serialized_examples(examples_input):
    if examples_input.HasField("example_list"):
        examples = examples_input.example_list.examples
        return [example.SerializeToString() for example in examples]
    with_context = examples_input.example_list_with_context
    # Parsers merge what follows into what precedes, so this adds the context.
    context = with_context.context.SerializeToString()
    return [
        context + example.SerializeToString()
        for example in with_context.examples
    ]


def shape_text(array):
    """The array's shape as TensorFlow writes it: [2,3]."""
    return "[" + ",".join(map(str, array.shape)) + "]"


def dtype_text(array):
    """The name of the array's data type in TensorProtos: DT_FLOAT."""
    return types_pb2.DataType.Name(tf.as_dtype(array.dtype).as_datatype_enum)


def invalid_argument(message):
    """An INVALID_ARGUMENT `ServingError`."""
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
