"""Regress: tf.Examples in, one value for each out."""

from tensorflow_serving.apis import regression_pb2

from tfcompat.serving.example_input import (
    dtype_text,
    find_signature,
    invalid_argument,
    run_examples,
    shape_text,
)
from tfcompat.serving.predict import DEFAULT_SIGNATURE, fill_model_spec

METHOD = "tensorflow/serving/regress"


def regress(model, request, run):
    """Answers a `RegressionRequest` with a `RegressionResponse`.

    Args and errors are those of `classification.classify`.

    Reference:
        tensorflow_serving/servables/tensorflow/regressor.cc, 2.16.1.
    """
    name = request.model_spec.signature_name or DEFAULT_SIGNATURE
    signature = find_signature(model, name)
    feed, fetches = check_signature(signature)
    outputs, count = run_examples(request.input, feed, fetches, run)
    response = regression_pb2.RegressionResponse()
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
        ServingError: INVALID_ARGUMENT, if it is not fit for Regress.
    """
    if len(signature.inputs) != 1:
        raise invalid_argument("Expected one input Tensor.")
    if len(signature.outputs) != 1:
        raise invalid_argument("Expected one output Tensor.")
    if "inputs" not in signature.inputs:
        raise invalid_argument(
            f"No regression inputs found in SignatureDef: {signature}"
        )
    if "outputs" not in signature.outputs:
        raise invalid_argument(
            f"No regression outputs found in SignatureDef: {signature}"
        )
    return signature.inputs["inputs"].name, [signature.outputs["outputs"].name]


def fill_result(result, signature, count, arrays):
    """Writes what the graph answered into a `RegressionResult`.

    Args:
        result: `RegressionResult`, empty.
        signature: `SignatureDef` that `check_signature` found fit.
        count: Number of examples.
        arrays: Dict by graph tensor name.

    Raises:
        ServingError: INVALID_ARGUMENT, if the output does not fit.
    """
    values = arrays[signature.outputs["outputs"].name]
    if values.ndim != 1 and not (values.ndim == 2 and values.shape[1] == 1):
        raise invalid_argument(
            "Expected output Tensor shape to be either [batch_size] or "
            f"[batch_size, 1] but got {shape_text(values)}"
        )
    if len(values) != count:
        raise invalid_argument(
            f"Input batch size did not match output batch size: {count} vs. "
            f"{len(values)}"
        )
    if dtype_text(values) != "DT_FLOAT":
        raise invalid_argument(
            f"Expected output Tensor of DT_FLOAT.  Got: {dtype_text(values)}"
        )
    for value in values.reshape(-1).tolist():
        result.regressions.add(value=value)
