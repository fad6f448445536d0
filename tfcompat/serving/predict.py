"""Predict: named tensors in, named tensors out."""

import grpc
from tensorflow_serving.apis import predict_pb2

from tfcompat.serving.errors import ServingError
from tfcompat.serving.tensors import (
    TensorTooLargeError,
    read_tensor,
    write_tensor,
)

DEFAULT_SIGNATURE = "serving_default"


def predict(model, request, run, max_bytes):
    """Answers a `PredictRequest`.

    Signature, number of inputs, each input, output filter are checked in this
    order; types and shapes only by the graph itself. This is what TensorFlow
    Serving does, to the message.

    Args:
        model: `LoadedModel` that the request's model_spec stands for.
        request: `PredictRequest`.
        run: Function of feeds, a dict of arrays by graph tensor name, and
            fetches, a list of graph tensor names, that returns their arrays.
        max_bytes: Refuse an input tensor bigger than this.

    Returns:
        `PredictResponse`.

    Raises:
        ServingError: With TensorFlow Serving's code and message.

    Reference:
        tensorflow_serving/servables/tensorflow/predict_util.cc and
        tensorflow/cc/saved_model/util.cc, 2.16.1.
    """
    name = request.model_spec.signature_name or DEFAULT_SIGNATURE
    signature = model.signatures.get(name)
    if signature is None:
        raise ServingError(
            grpc.StatusCode.FAILED_PRECONDITION,
            f'Serving signature key "{name}" not found.',
        )
    feeds = read_inputs(signature, request.inputs, max_bytes)
    fetches = _choose_outputs(signature, request.output_filter)
    tensors = sorted(set(fetches.values()))
    arrays = dict(zip(tensors, run(feeds, tensors), strict=True))
    response = predict_pb2.PredictResponse()
    fill_model_spec(response.model_spec, model, name)
    for alias, tensor in fetches.items():
        write_tensor(arrays[tensor], response.outputs[alias])
    return response


def fill_model_spec(model_spec, model, signature_name):
    """Says which version and signature answered."""
    model_spec.name = model.name
    model_spec.version.value = model.version
    model_spec.signature_name = signature_name or DEFAULT_SIGNATURE


def read_inputs(signature, inputs, max_bytes):
    """Turns a request's tensors into what the graph is fed.

    Args:
        signature: `SignatureDef`.
        inputs: Map of `TensorProto` by the signature's input names.
        max_bytes: Refuse a tensor bigger than this.

    Returns:
        Dict of arrays by graph tensor name.

    Raises:
        ServingError: INVALID_ARGUMENT.
    """
    _check_count(signature, inputs)
    feeds, used = {}, []
    for alias in sorted(signature.inputs):
        feed_name = signature.inputs[alias].name
        if alias in inputs:
            proto = inputs[alias]
            used.append(alias)
        elif alias in signature.defaults:
            proto = signature.defaults[alias]
        else:
            raise _invalid(
                f"Signature input alias: {alias}(feed name: {feed_name}) not "
                "found in request and no default value provided. Inputs "
                f"expected to be in the request {_set(inputs)}, or default "
                f"input alias set: {','.join(sorted(signature.defaults))}"
            )
        try:
            feeds[feed_name] = read_tensor(proto, max_bytes)
        except TensorTooLargeError as error:
            raise _invalid(f"tensor parsing error: {alias}: {error}") from error
        except ValueError as error:
            raise _invalid(f"tensor parsing error: {alias}") from error
    if len(used) != len(inputs):
        raise _invalid(
            "Inputs contains invalid name. Used request inputs: "
            f"{','.join(used)}, request input: {','.join(sorted(inputs))}"
        )
    return feeds


def _check_count(signature, inputs):
    sent, wanted = set(inputs), set(signature.inputs)
    too_few = len(sent) < len(wanted) and not signature.defaults
    if len(sent) > len(wanted) or too_few:
        raise _invalid(
            f"input size does not match signature: {len(sent)}!={len(wanted)} "
            f"len({_set(sent)}) != len({_set(wanted)}). "
            f"Sent extra: {_set(sent - wanted)}. "
            f"Missing but required: {_set(wanted - sent)}."
        )


def _choose_outputs(signature, output_filter):
    """Graph tensor names by the aliases that are asked for."""
    chosen = {}
    for alias in output_filter:
        if alias not in signature.outputs:
            raise _invalid(
                f"output tensor alias not found in signature: {alias} Outputs "
                f"expected to be in the set {_set(signature.outputs)}."
            )
        if alias in chosen:
            raise _invalid(f"duplicate output tensor alias: {alias}")
        chosen[alias] = signature.outputs[alias].name
    if chosen:
        return chosen
    return {alias: info.name for alias, info in signature.outputs.items()}


def _set(names):
    return "{" + ",".join(sorted(names)) + "}"


def _invalid(message):
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
