"""A server on any free port, and requests as stock stubs send them."""

import numpy as np
import tensorflow as tf
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from tfcompat.serving.embedded_server import EmbeddedServer

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def start(source, **arguments):
    """A started `EmbeddedServer` on any port, which looks often."""
    arguments = {"port": 0, "rest_port": None, "poll_seconds": 0.05} | arguments
    return EmbeddedServer(source, **arguments).start()


def request(name="affine", version=None, label="", signature="", **inputs):
    """A `PredictRequest`; inputs are arrays or `TensorProto`s."""
    message = PredictRequest()
    message.model_spec.name = name
    message.model_spec.signature_name = signature
    if version is not None:
        message.model_spec.version.value = version
    if label:
        message.model_spec.version_label = label
    for alias, value in inputs.items():
        if not isinstance(value, TensorProto):
            value = tf.make_tensor_proto(value)
        message.inputs[alias].CopyFrom(value)
    return message


def floats(*values):
    return np.array(values, np.float32)


def check(channel, service=""):
    """The health of a service."""
    stub = health_pb2_grpc.HealthStub(channel)
    return stub.Check(
        health_pb2.HealthCheckRequest(service=service), timeout=10
    ).status
