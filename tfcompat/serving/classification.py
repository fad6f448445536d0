"""Classify: tf.Examples in, labels and their scores out."""

from tensorflow_serving.apis import classification_pb2

from tfcompat.serving.example_input import (
    dtype_text,
    find_signature,
    invalid_argument,
    run_examples,
    shape_text,
)
from tfcompat.serving.predict import DEFAULT_SIGNATURE, fill_model_spec

METHOD = "tensorflow/serving/classify"
_DTYPES = {"classes": "DT_STRING", "scores": "DT_FLOAT"}


def classify(model, request, run):
    """Answers a `ClassificationRequest`.

    Args:
        model: `LoadedModel` that the request's model_spec stands for.
        request: `ClassificationRequest`.
        run: Function of feeds, a dict of arrays by graph tensor name, and
            fetches, a list of graph tensor names, that returns their arrays.

    Returns:
        `ClassificationResponse`.

    Raises:
        ServingError: With TensorFlow Serving's code and message.

    Reference:
        tensorflow_serving/servables/tensorflow/classifier.cc, 2.16.1.
    """
    name = request.model_spec.signature_name or DEFAULT_SIGNATURE
    signature = find_signature(model, name)
    feed, fetches = check_signature(signature)
    outputs, count = run_examples(request.input, feed, fetches, run)
    response = classification_pb2.ClassificationResponse()
    fill_model_spec(response.model_spec, model, name)
    fill_result(response.result, signature, count, outputs)
    return response


def check_signature(signature):
    """Finds out what to feed and to fetch.

    Args:
        signature: `SignatureDef`.

    Returns:
        Name of the graph tensor to feed, list of those to fetch.

    Raises:
        ServingError: INVALID_ARGUMENT, if it is not fit for Classify.
    """
    if len(signature.inputs) != 1:
        raise invalid_argument("Expected one input Tensor.")
    if len(signature.outputs) not in (1, 2):
        raise invalid_argument(
            "Expected one or two output Tensors, found "
            f"{len(signature.outputs)}"
        )
    if "inputs" not in signature.inputs:
        raise invalid_argument(
            f"No classification inputs found in SignatureDef: {signature}"
        )
    fetches = [
        signature.outputs[alias].name
        for alias in _DTYPES
        if alias in signature.outputs
    ]
    if not fetches:
        raise invalid_argument(
            "Expected classification signature outputs to contain at least "
            f'one of "classes" or "scores". Signature was: {signature}'
        )
    return signature.inputs["inputs"].name, fetches


def fill_result(result, signature, count, arrays):
    """Writes what the graph answered into a `ClassificationResult`.

    Args:
        result: `ClassificationResult`, empty.
        signature: `SignatureDef` that `check_signature` found fit.
        count: Number of examples.
        arrays: Dict by graph tensor name.

    Raises:
        ServingError: INVALID_ARGUMENT, if the outputs do not fit.
    """
    outputs = {
        alias: arrays[signature.outputs[alias].name]
        for alias in _DTYPES
        if alias in signature.outputs
    }
    for alias, array in outputs.items():
        _check_output(alias, array, count)
    widths = [array.shape[1] for array in outputs.values()]
    if len(set(widths)) > 1:
        raise invalid_argument(
            "Tensors class and score should match in dim_size(1). Got "
            f"{widths[0]} vs. {widths[1]}"
        )
    blank = {"classes": b"", "scores": 0.0}
    labels, scores = (
        outputs[alias].tolist()
        if alias in outputs
        else [[blank[alias]] * widths[0]] * count
        for alias in _DTYPES
    )
    for row_labels, row_scores in zip(labels, scores, strict=True):
        classifications = result.classifications.add()
        for label, score in zip(row_labels, row_scores, strict=True):
            classifications.classes.add(
                label=label.decode("utf-8", "replace"), score=score
            )


def _check_output(alias, array, count):
    if array.ndim != 2:
        raise invalid_argument(
            "Expected Tensor shape: [batch_size num_classes] but got "
            f"{shape_text(array)}"
        )
    if dtype_text(array) != _DTYPES[alias]:
        raise invalid_argument(
            f"Expected {alias} Tensor of {_DTYPES[alias]}. Got: "
            f"{dtype_text(array)}"
        )
    if len(array) != count:
        raise invalid_argument(
            f"Expected {alias} output batch size of {count}. Got: {len(array)}"
        )
