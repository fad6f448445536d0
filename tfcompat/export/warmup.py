"""Warm-up requests: what a server asks a new version before it serves it."""

import os

import numpy as np
import tensorflow as tf

from tfcompat.data.errors import InputError

_PLACE = os.path.join("assets.extra", "tf_serving_warmup_requests")
_MOST = 1000  # TensorFlow Serving refuses to load a model with more.


def make_warmup_requests(servable):
    """Turns a servable's examples into requests.

    Args:
        servable: As `write_saved_model` takes it.

    Returns:
        List of `PredictRequest` of `tensorflow_serving.apis`.

    Raises:
        InputError: If TensorFlow Serving's protos are not installed.
        ValueError: If a signature has no example, an example lacks an input
            or has one too many, or there are more examples than TensorFlow
            Serving replays.
    """
    predict_pb2, _ = _protos()
    examples = servable.examples()
    if examples.keys() != servable.signatures.keys():
        raise ValueError(
            f"`examples()` must be of {sorted(servable.signatures)}, got "
            f"{sorted(examples)}."
        )
    requests = []
    for signature, batches in examples.items():
        specs = {
            spec.name: spec
            for spec in servable.signatures[signature].input_signature
        }
        if not batches:
            raise ValueError(f"`examples()` has none of {signature!r}.")
        for batch in batches:
            if batch.keys() != specs.keys():
                raise ValueError(
                    f"`examples()` of {signature!r} must have the inputs "
                    f"{sorted(specs)}, got {sorted(batch)}."
                )
            request = predict_pb2.PredictRequest()
            request.model_spec.name = servable.name
            request.model_spec.signature_name = signature
            for name, value in batch.items():
                request.inputs[name].CopyFrom(
                    tf.make_tensor_proto(value, specs[name].dtype)
                )
            requests.append(request)
    if len(requests) > _MOST:
        raise ValueError(
            f"`examples()` must be at most {_MOST}, got {len(requests)}."
        )
    return requests


def write_warmup_requests(requests, folder):
    """Writes requests to where servers look for them.

    Args:
        requests: List of `PredictRequest`.
        folder: Folder of a SavedModel that has an `assets.extra`.
    """
    _, prediction_log_pb2 = _protos()
    with tf.io.TFRecordWriter(os.path.join(folder, _PLACE)) as writer:
        for request in requests:
            log = prediction_log_pb2.PredictionLog()
            log.predict_log.request.CopyFrom(request)
            writer.write(log.SerializeToString(deterministic=True))


def read_warmup_requests(folder):
    """Reads the requests that a published version is warmed up with.

    Args:
        folder: Folder of the version.

    Returns:
        List of `PredictRequest` of `tensorflow_serving.apis`.

    Raises:
        InputError: If there are none, the file is damaged or holds logs of
            another kind, or TensorFlow Serving's protos are not installed.
    """
    _, prediction_log_pb2 = _protos()
    path = os.path.join(os.fspath(folder), _PLACE)
    requests = []
    try:
        for record in tf.data.TFRecordDataset(path).as_numpy_iterator():
            log = prediction_log_pb2.PredictionLog.FromString(record)
            requests.append(log.predict_log.request)
            if log.WhichOneof("log_type") != "predict_log":
                raise InputError(
                    f"{path}, record {len(requests)}: is no log of Predict."
                )
    except tf.errors.NotFoundError as error:
        raise InputError(f"{path}: there is no such file.") from error
    except (tf.errors.OpError, _decode_error()) as error:
        raise InputError(f"{path}: is damaged or no TFRecord.") from error
    if not requests:
        raise InputError(f"{path}: holds no requests.")
    return requests


def answer_warmup_requests(folder):
    """Loads a SavedModel and answers its own warm-up requests.

    Args:
        folder: Folder of the version.

    Returns:
        List of `(PredictRequest, dict from output to array)`.

    Raises:
        InputError: If the model cannot be loaded, a request cannot be
            answered, or an answer holds NaN.
    """
    folder = os.fspath(folder)
    requests = read_warmup_requests(folder)
    try:
        model = tf.saved_model.load(folder)
    except (OSError, tf.errors.OpError) as error:
        raise InputError(f"{folder}: cannot be loaded: {error}") from error
    answers = []
    for number, request in enumerate(requests, 1):
        name = request.model_spec.signature_name
        what = f"{request.model_spec.name}: warm-up request {number} ({name})"
        inputs = {
            key: tf.io.parse_tensor(
                proto.SerializeToString(), tf.dtypes.as_dtype(proto.dtype)
            )
            for key, proto in request.inputs.items()
        }
        try:
            outputs = model.signatures[name](**inputs)
        except tf.errors.OpError as error:
            raise InputError(
                f"{what} is not answered: {_reason(error)}"
            ) from error
        outputs = {key: value.numpy() for key, value in outputs.items()}
        for key, value in outputs.items():
            if value.dtype.kind == "f" and np.isnan(value).any():
                raise InputError(f"{what} is answered with NaN in {key}.")
        answers.append((request, outputs))
    return answers


def _reason(error):
    """The line of TensorFlow's error that says what is wrong.

    Where in which graph it happened stands before and after, indented.
    """
    lines = [
        line
        for line in error.message.splitlines()
        if line.strip() and not line[0].isspace()
    ]
    return lines[-1] if lines else type(error).__name__


def _protos():
    try:
        from tensorflow_serving.apis import predict_pb2, prediction_log_pb2
    except ImportError as error:
        raise InputError(
            "Exporting needs TensorFlow Serving's protos: "
            "in the clone of tfcompat, pip install '.[serving]'."
        ) from error
    return predict_pb2, prediction_log_pb2


def _decode_error():
    from google.protobuf.message import DecodeError

    return DecodeError
