"""Everything behind PredictionService, whatever protocol asked."""

import functools
import logging
import time

import grpc
from tensorflow_serving.apis import get_model_metadata_pb2, model_pb2

from tfcompat.serving.caller import Caller
from tfcompat.serving.classification import classify
from tfcompat.serving.errors import ServingError
from tfcompat.serving.limits import CallLimit, Limits
from tfcompat.serving.model_run import run_model
from tfcompat.serving.multi_inference import multi_inference
from tfcompat.serving.predict import DEFAULT_SIGNATURE, predict
from tfcompat.serving.regression import regress

logger = logging.getLogger(__name__)


class Inference:
    """Answers the calls of PredictionService; knows no transport.

    All methods take and return `tensorflow_serving.apis` messages and are
    safe to call from many threads. Each takes

    - `timeout`: seconds the caller will wait; work past it is cancelled.
      None waits for ever.
    - `is_active`: function that returns False once the caller has gone; then
      a request that still waits for its batch is dropped. None: always there.

    and raises `ServingError` with TensorFlow Serving's code and message
    (whole; `limits.cut_message` cuts it when it is sent).

    Args:
        manager: `ModelManager`, for its `use(model_spec)`.
        batcher: `Batcher` for the models that are to be batched; None runs
            each request by itself.
        metrics: `ServerMetrics` to count in; None counts nothing.
        limits: `Limits`; None for its defaults.
    """

    def __init__(self, manager, *, batcher=None, metrics=None, limits=None):
        self.limits = limits or Limits()
        self._calls = CallLimit(self.limits.max_concurrent)
        self._manager = manager
        self._batcher = batcher
        self._metrics = metrics
        self._predict = functools.partial(
            predict, max_bytes=self.limits.max_message_bytes
        )

    @property
    def active(self):
        """Calls that are being answered."""
        return self._calls.active

    def predict(self, request, timeout=None, *, is_active=None):
        """`PredictRequest` to `PredictResponse`."""
        caller = Caller(timeout, is_active)
        return self._answer("Predict", self._predict, request, caller)

    def classify(self, request, timeout=None, *, is_active=None):
        """`ClassificationRequest` to `ClassificationResponse`."""
        caller = Caller(timeout, is_active)
        return self._answer("Classify", classify, request, caller)

    def regress(self, request, timeout=None, *, is_active=None):
        """`RegressionRequest` to `RegressionResponse`."""
        caller = Caller(timeout, is_active)
        return self._answer("Regress", regress, request, caller)

    def multi_inference(self, request, timeout=None, *, is_active=None):
        """`MultiInferenceRequest` to `MultiInferenceResponse`."""
        caller = Caller(timeout, is_active)
        return self._answer("MultiInference", multi_inference, request, caller)

    def get_model_metadata(self, request, timeout=None, *, is_active=None):
        """`GetModelMetadataRequest` to `GetModelMetadataResponse`."""
        caller = Caller(timeout, is_active)
        return self._answer("GetModelMetadata", _metadata, request, caller)

    def warm_up(self, model, log):
        """Replays one request on a model that is not served yet.

        It takes the way of a request, but is never batched: nothing else
        could be in its batch.

        Args:
            model: `LoadedModel`; the name and version in the request are
                ignored.
            log: `PredictionLog` of a Predict, Classify, Regress or
                MultiInference.

        Raises:
            ServingError: What the request fails with.
        """
        compute = {
            "predict_log": self._predict,
            "classify_log": classify,
            "regress_log": regress,
            "multi_inference_log": multi_inference,
        }
        kind = log.WhichOneof("log_type")
        run = functools.partial(run_model, model, None, Caller())
        compute[kind](model, getattr(log, kind).request, run)

    def _answer(self, method, compute, request, caller):
        """Finds the model, computes the answer, counts the call."""
        start = time.perf_counter()
        code, labels = grpc.StatusCode.OK, ("", "")
        try:
            with self._calls.admit():
                spec = _model_spec(method, request)
                with self._manager.use(spec) as model:
                    labels = model.name, _known_signature(model, spec)
                    run = functools.partial(self._run, model, caller)
                    return compute(model, request, run)
        except ServingError as error:
            code = error.code
            raise
        except Exception as error:
            code = grpc.StatusCode.INTERNAL
            logger.exception("%s failed", method)
            raise ServingError(code, f"{method} failed: {error!r}") from error
        finally:
            if self._metrics is not None:
                seconds = time.perf_counter() - start
                self._metrics.count_request(*labels, method, code, seconds)

    def _run(self, model, caller, feeds, fetches):
        queue = None if self._batcher is None else self._batcher.queue(model)
        return run_model(model, queue, caller, feeds, fetches)


def _model_spec(method, request):
    """The ModelSpec that says which model answers."""
    if method == "MultiInference":
        tasks = request.tasks
        return tasks[0].model_spec if tasks else model_pb2.ModelSpec()
    if not request.HasField("model_spec"):
        raise _invalid("Missing ModelSpec")
    if method == "GetModelMetadata":
        _check_metadata_fields(request.metadata_field)
    return request.model_spec


def _known_signature(model, spec):
    name = spec.signature_name or DEFAULT_SIGNATURE
    return name if name in model.signatures else ""


def _check_metadata_fields(fields):
    if not fields:
        raise _invalid(
            "GetModelMetadataRequest must specify at least one metadata_field"
        )
    for field in fields:
        if field != "signature_def":
            raise _invalid(f"Metadata field {field} is not supported")


def _metadata(model, request, run):
    """All signatures of the model."""
    response = get_model_metadata_pb2.GetModelMetadataResponse()
    response.model_spec.name = model.name
    response.model_spec.version.value = model.version
    signatures = get_model_metadata_pb2.SignatureDefMap()
    for name, signature in model.signatures.items():
        signatures.signature_def[name].CopyFrom(signature)
    response.metadata["signature_def"].Pack(signatures)
    return response


def _invalid(message):
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
