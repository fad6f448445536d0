"""The requests that a new version answers before it is served."""

import grpc
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

from tfcompat.serving.errors import ServingError, from_tensorflow

_MAX_RECORDS = 1000
_REPLAYED = (
    "predict_log",
    "classify_log",
    "regress_log",
    "multi_inference_log",
)


def replay(model, run_log):
    """Runs `assets.extra/tf_serving_warmup_requests` of a model's version.

    Args:
        model: `LoadedModel`; without that file there is nothing to do.
        run_log: Function of the model and a `PredictionLog` of a Predict,
            Classify, Regress or MultiInference request; it runs the request
            in this model, whatever name and version the request says.

    Raises:
        ServingError: What `run_log` raises; INVALID_ARGUMENT for an
            unparsable record or more than 1,000 of them, DATA_LOSS if it is
            no TFRecord file, UNIMPLEMENTED for other kinds of request.
    """
    path = model.path / "assets.extra" / "tf_serving_warmup_requests"
    if not path.is_file():
        return
    for number, record in enumerate(_read_records(path), start=1):
        if number > _MAX_RECORDS:
            raise ServingError(
                grpc.StatusCode.INVALID_ARGUMENT,
                "Number of warmup records exceeds the maximum "
                f"({_MAX_RECORDS}) at {path}",
            )
        log = _parse(record, path)
        kind = log.WhichOneof("log_type")
        if kind is None:
            continue
        if kind not in _REPLAYED:
            field = PredictionLog.DESCRIPTOR.fields_by_name[kind]
            raise ServingError(
                grpc.StatusCode.UNIMPLEMENTED,
                f"Unsupported log_type for warmup: {field.number}",
            )
        run_log(model, log)


def _read_records(path):
    """Yields the bytes of each record."""
    try:
        yield from tf.data.TFRecordDataset(str(path)).as_numpy_iterator()
    except tf.errors.DataLossError as error:
        raise ServingError(
            grpc.StatusCode.DATA_LOSS,
            f"{path}: {error.message}. Please verify your warmup data is in "
            "TFRecord format.",
        ) from error
    except tf.errors.OpError as error:
        raise from_tensorflow(error) from error


def _parse(record, path):
    try:
        return PredictionLog.FromString(record)
    except DecodeError as error:
        raise ServingError(
            grpc.StatusCode.INVALID_ARGUMENT,
            f"Failed to parse warmup record: {record[:100]!r} from {path}",
        ) from error
