"""TensorFlow Serving's ModelService over gRPC."""

import logging
import threading

import grpc
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusResponse
from tensorflow_serving.apis.model_management_pb2 import ReloadConfigResponse
from tensorflow_serving.apis.model_service_pb2_grpc import ModelServiceServicer

from tfcompat.serving.errors import ServingError
from tfcompat.serving.limits import cut_message

logger = logging.getLogger(__name__)


class ModelService(ModelServiceServicer):
    """Answers what state models are in, and takes new configs.

    Args:
        manager: `ModelManager`.
        read_metric: Function of a metric's name that returns its value, an
            int, or None if there is no such metric; for the increases that a
            reload reports. None: they are all 0.
    """

    def __init__(self, manager, *, read_metric=None):
        self._manager = manager
        self._read_metric = read_metric or (lambda name: None)

    def GetModelStatus(self, request, context):
        """`GetModelStatusRequest` to `GetModelStatusResponse`.

        As in TensorFlow Serving a version label is not looked at: all
        versions are listed.
        """
        spec = request.model_spec
        version = spec.version.value if spec.HasField("version") else None
        try:
            if not request.HasField("model_spec"):
                raise ServingError(
                    grpc.StatusCode.INVALID_ARGUMENT, "Missing ModelSpec"
                )
            return GetModelStatusResponse(
                model_version_status=self._manager.statuses(spec.name, version)
            )
        except ServingError as error:
            context.abort(error.code, cut_message(error.message))

    def HandleReloadConfigRequest(self, request, context):
        """`ReloadConfigRequest` to `ReloadConfigResponse`.

        Waits for new models no longer than the caller's deadline.
        """
        before = [self._metric(name) for name in request.metric_names]
        remaining = context.time_remaining()
        if remaining is not None:  # Without a deadline it may be a huge one.
            remaining = min(remaining, threading.TIMEOUT_MAX)
        try:
            self._manager.reload(request.config, remaining)
        except ServingError as error:
            logger.error("the new config: %s", error)
            context.abort(error.code, cut_message(error.message))
        response = ReloadConfigResponse()
        response.status.SetInParent()
        for name, value in zip(request.metric_names, before, strict=True):
            response.metric.add(
                name=name, int64_value_increase=self._metric(name) - value
            )
        return response

    def _metric(self, name):
        return self._read_metric(name) or 0
