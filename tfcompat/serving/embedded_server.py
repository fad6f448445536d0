"""TensorFlow Serving's gRPC and REST interfaces, served by Python."""

import concurrent.futures
import logging
import socket

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from tensorflow_serving.apis import (
    get_model_status_pb2,
    model_service_pb2,
    model_service_pb2_grpc,
    prediction_service_pb2,
    prediction_service_pb2_grpc,
)

from tfcompat.data.errors import InputError
from tfcompat.serving.batching import Batcher
from tfcompat.serving.inference import Inference
from tfcompat.serving.limits import Limits
from tfcompat.serving.model_health import ModelHealth
from tfcompat.serving.model_manager import ModelManager
from tfcompat.serving.model_service import ModelService
from tfcompat.serving.prediction_service import PredictionService
from tfcompat.serving.rest import RestServer
from tfcompat.serving.server_metrics import ServerMetrics

logger = logging.getLogger(__name__)

_STATE = get_model_status_pb2.ModelVersionStatus
_SERVICES = tuple(
    module.DESCRIPTOR.services_by_name[name].full_name
    for module, name in (
        (prediction_service_pb2, "PredictionService"),
        (model_service_pb2, "ModelService"),
    )
)
# What TensorFlow Serving's own health service calls them.
_SHORT_NAMES = ("PredictionService", "ModelService")
# Health checks and status calls are answered when no inference is let in.
_RESERVED_CALLS = 64
_UNLOAD_SECONDS = 5.0
# JSON takes many times its size in memory while it is read.
_REST_BODY_BYTES = 64 * 2**20
_REST_CALLS = 64


class EmbeddedServer:
    """Serves SavedModels where TensorFlow Serving cannot be had.

    PredictionService, ModelService, gRPC health and reflection on one port,
    REST and Prometheus metrics on another. It opens its ports once the first
    attempt to load every model has ended, as TensorFlow Serving does; but it
    also serves a folder that has no models yet, and models that failed later
    do not stop it.

    Use it as a context manager, or call `start` and `stop`, once each.

    Args:
        source: What to serve: `ModelServerConfig`, path of a `models.config`,
            or path of a root folder (see `ModelManager`).
        address: Host name or address to listen at.
        port: TCP port of gRPC; 0 takes any that is free.
        rest_port: TCP port of REST; 0 takes any, None serves no REST.
        tls: `TLSFiles`; None serves in the clear.
        poll_seconds: Time between two looks at the source; 0 looks once.
        batching: `BatchingParameters` for every model that brings none; None
            batches only those that do.
        limits: `Limits`; None for its defaults.
        load_retries: How often a version that failed to load is tried again.
        retry_seconds: Time until the first of these tries.
        listeners: Functions of model name, version, state and error, called
            when a version's state changes (see `ModelManager`).

    Raises:
        ValueError: If a number is out of range.
    """

    def __init__(
        self,
        source,
        *,
        address="127.0.0.1",
        port=8500,
        rest_port=8501,
        tls=None,
        poll_seconds=1.0,
        batching=None,
        limits=None,
        load_retries=3,
        retry_seconds=1.0,
        listeners=(),
    ):
        for name, value in (("port", port), ("rest_port", rest_port)):
            if value is not None and not 0 <= value <= 65535:
                raise ValueError(f"`{name}` must be 0 to 65535, got {value}.")
        self.address = address
        self.port = port
        self.rest_port = rest_port
        self.tls = tls
        self.limits = limits or Limits()
        self.metrics = ServerMetrics()
        self.manager = ModelManager(
            source,
            poll_seconds=poll_seconds,
            warm_up=self._warm_up,
            load_retries=load_retries,
            retry_seconds=retry_seconds,
            listeners=(self._on_state, *listeners),
        )
        self.inference = Inference(
            self.manager,
            batcher=Batcher(batching, metrics=self.metrics),
            metrics=self.metrics,
            limits=self.limits,
        )
        self._health = ModelHealth(self.manager, (*_SERVICES, *_SHORT_NAMES))
        self._server = None
        self._rest = None

    @property
    def host(self):
        """The address as it stands in front of a port."""
        return f"[{self.address}]" if ":" in self.address else self.address

    def start(self):
        """Loads the models, then listens; `port` is then the real one.

        Returns:
            The server.

        Raises:
            InputError: If the source, a TLS file or a port is unusable.
        """
        try:
            return self._start()
        except BaseException:
            self.stop(grace=0)
            raise

    def _start(self):
        credentials = self.tls and self.tls.grpc_credentials()
        # Loading may take minutes; a port that is taken is better told now.
        for port in (self.port, self.rest_port):
            if port:
                _check_free(self.address, port)
        self.manager.start()
        self.manager.wait_until_ready()
        for name, problem in self.manager.problems().items():
            logger.warning("%s does not serve yet: %s", name, problem)
        self._server = self._make_grpc_server()
        self.port = self._bind(credentials)
        self._health.start()
        self._server.start()
        if self.rest_port is not None:
            self._rest = RestServer(
                self.inference,
                self.manager,
                self.metrics,
                address=self.address,
                port=self.rest_port,
                tls=self.tls,
                max_body_bytes=min(
                    self.limits.max_message_bytes, _REST_BODY_BYTES
                ),
                max_requests=min(self.limits.max_concurrent, _REST_CALLS),
            ).start()
            self.rest_port = self._rest.port
        return self

    def stop(self, grace=30.0):
        """Takes no more calls and gives those at work time to end.

        Args:
            grace: Seconds until calls that are still at work are cut off.

        Returns:
            Whether all calls had ended and all models could be unloaded; if
            not, threads are still at work in them.
        """
        self._health.shut_down()
        if self._server is not None:
            drained = self._server.stop(grace)
            if self._rest is not None:
                self._rest.stop(grace)
            drained.wait()
            self._server = self._rest = None
        return self.manager.close(_UNLOAD_SECONDS)

    def __enter__(self):
        return self.start() if self._server is None else self

    def __exit__(self, *exception):
        self.stop()

    def _make_grpc_server(self):
        threads = self.limits.max_concurrent + _RESERVED_CALLS
        server = grpc.server(
            concurrent.futures.ThreadPoolExecutor(threads, "grpc"),
            maximum_concurrent_rpcs=threads,
            options=[
                ("grpc.so_reuseport", 0),  # Two servers never share a port.
                (
                    "grpc.max_receive_message_length",
                    self.limits.max_message_bytes,
                ),
                ("grpc.max_send_message_length", -1),
            ],
        )
        prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
            PredictionService(self.inference), server
        )
        model_service_pb2_grpc.add_ModelServiceServicer_to_server(
            ModelService(self.manager, read_metric=self.metrics.read), server
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        health_name = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
        reflection.enable_server_reflection(
            (*_SERVICES, health_name, reflection.SERVICE_NAME), server
        )
        return server

    def _bind(self, credentials):
        where = f"{self.host}:{self.port}"
        try:
            if credentials is None:
                return self._server.add_insecure_port(where)
            return self._server.add_secure_port(where, credentials)
        except RuntimeError as error:
            raise InputError(
                f"{where}: cannot serve gRPC there: {error}"
            ) from error

    def _warm_up(self, model, log):
        self.inference.warm_up(model, log)

    def _on_state(self, name, version, state, error):
        """Called by the manager's threads."""
        self._health.notice()
        if state == _STATE.AVAILABLE:
            self.metrics.count_load(name, succeeded=True)
        elif state == _STATE.END and error is not None:
            self.metrics.count_load(name, succeeded=False)


def _check_free(address, port):
    try:
        [(family, kind, *_, where), *_] = socket.getaddrinfo(
            address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
            probe.listen()
    except OSError as error:
        raise InputError(
            f"{address}:{port}: cannot listen there: {error.strerror}."
        ) from error
