"""MultiInference: several Classify and Regress of the same tf.Examples."""

import grpc
from tensorflow_serving.apis import inference_pb2

from tfcompat.serving import classification, regression
from tfcompat.serving.errors import ServingError
from tfcompat.serving.example_input import invalid_argument, run_examples
from tfcompat.serving.predict import DEFAULT_SIGNATURE, fill_model_spec

_METHODS = {
    classification.METHOD: (classification, "classification_result"),
    regression.METHOD: (regression, "regression_result"),
}


def multi_inference(model, request, run):
    """Answers a `MultiInferenceRequest` with a `MultiInferenceResponse`.

    All tasks share the examples and are computed in one run. Args and errors
    are those of `classification.classify`.

    Reference:
        tensorflow_serving/servables/tensorflow/multi_inference.cc, 2.16.1.
    """
    if not request.tasks:
        raise invalid_argument("ModelSpec has no name specified.")
    names, feeds, fetches = set(), set(), set()
    for task in request.tasks:
        name = _check_task(task, request.tasks[0], names)
        names.add(name)
        feed, outputs = _check_signature(model, name, task.method_name)
        feeds.add(feed)
        if len(feeds) > 1:
            raise invalid_argument(
                "Input tensor must be the same for all Signatures."
            )
        fetches.update(outputs)
    arrays, count = run_examples(
        request.input, feeds.pop(), sorted(fetches), run
    )
    response = inference_pb2.MultiInferenceResponse()
    for task in request.tasks:
        name = task.model_spec.signature_name or DEFAULT_SIGNATURE
        result = response.results.add()
        fill_model_spec(result.model_spec, model, name)
        method, field = _METHODS[task.method_name]
        method.fill_result(
            getattr(result, field), model.signatures[name], count, arrays
        )
    return response


def _check_task(task, first, names):
    """The name of the task's signature, which may not be in `names`."""
    if not task.model_spec.name:
        raise invalid_argument("Found ModelSpec with an empty model name.")
    if task.model_spec.name != first.model_spec.name:
        raise invalid_argument(
            "All ModelSpecs in a MultiInferenceRequest must access the same "
            "model name."
        )
    name = task.model_spec.signature_name or DEFAULT_SIGNATURE
    if name in names:
        raise invalid_argument(f"Duplicate evaluation of signature: {name}")
    return name


def _check_signature(model, name, method_name):
    """What to feed and to fetch for one task."""
    signature = model.signatures.get(name)
    if signature is None:
        raise invalid_argument(
            f"Requested signature not found in model graph: {name}"
        )
    if method_name not in _METHODS:
        raise ServingError(
            grpc.StatusCode.UNIMPLEMENTED,
            f"Unsupported signature method_name: {method_name}",
        )
    method, _ = _METHODS[method_name]
    return method.check_signature(signature)
