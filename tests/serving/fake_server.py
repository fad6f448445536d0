"""A gRPC server of TensorFlow Serving's own stubs that answers as told."""

from concurrent import futures

import grpc
import numpy as np
import tensorflow as tf
from tensorflow.python.framework import tensor_util
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)


class Refusal(Exception):
    """Makes the fake server answer with an error."""

    def __init__(self, code, message):
        super().__init__(code, message)
        self.code = code
        self.message = message


class FakeServer(
    prediction_service_pb2_grpc.PredictionServiceServicer,
    model_service_pb2_grpc.ModelServiceServicer,
):
    """Listens on a free port of this machine; a context manager.

    Attributes:
        predict: Function from (signature name, dict of input arrays) to the
            dict of output arrays; may raise `Refusal`.
        statuses: List of (version, state's name, error message).
        signatures: `SignatureDefMap`.
        requests: The `PredictRequest`s that came, in order.
        seconds_left: The time that each of them had.
    """

    def __init__(self, predict=None, credentials=None, address="127.0.0.1:0"):
        self.predict = predict
        self.statuses = []
        self.signatures = get_model_metadata_pb2.SignatureDefMap()
        self.requests = []
        self.seconds_left = []
        self.server = grpc.server(
            futures.ThreadPoolExecutor(8),
            options=[
                ("grpc.max_send_message_length", -1),
                ("grpc.max_receive_message_length", -1),
                ("grpc.so_reuseport", 0),
            ],
        )
        for add in (
            prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server,
            model_service_pb2_grpc.add_ModelServiceServicer_to_server,
        ):
            add(self, self.server)
        if credentials is None:
            port = self.server.add_insecure_port(address)
        else:
            port = self.server.add_secure_port(address, credentials)
        self.address = f"127.0.0.1:{port}"

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *error):
        self.server.stop(None).wait()

    def Predict(self, request, context):
        self.requests.append(request)
        self.seconds_left.append(context.time_remaining())
        inputs = {
            name: tf.io.parse_tensor(
                tensor.SerializeToString(), tf.as_dtype(tensor.dtype)
            ).numpy()
            for name, tensor in request.inputs.items()
        }
        try:
            outputs = self.predict(request.model_spec.signature_name, inputs)
        except Refusal as refusal:
            context.abort(refusal.code, refusal.message)
        response = predict_pb2.PredictResponse()
        response.model_spec.CopyFrom(request.model_spec)
        response.model_spec.version.value = 7
        for name, array in outputs.items():
            response.outputs[name].CopyFrom(typed_tensor(array))
        return response

    def GetModelStatus(self, request, context):
        name = request.model_spec.name
        if not self.statuses:
            context.abort(
                grpc.StatusCode.NOT_FOUND,
                f"Could not find any versions of model {name}",
            )
        response = get_model_status_pb2.GetModelStatusResponse()
        states = get_model_status_pb2.ModelVersionStatus.State
        for version, state, error in self.statuses:
            status = response.model_version_status.add(
                version=version, state=states.Value(state)
            )
            status.status.error_message = error
        return response

    def GetModelMetadata(self, request, context):
        assert list(request.metadata_field) == ["signature_def"]
        response = get_model_metadata_pb2.GetModelMetadataResponse()
        response.metadata["signature_def"].Pack(self.signatures)
        return response


def typed_tensor(array):
    """TensorProto with `*_val` fields, as TensorFlow Serving answers."""
    array = np.asarray(array)
    tensor = tf.make_tensor_proto(array)
    if tensor.tensor_content:
        tensor.ClearField("tensor_content")
        append = tensor_util.GetNumpyAppendFn(array.dtype)
        append(tensor, array.ravel())
    return tensor
