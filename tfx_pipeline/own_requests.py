"""Asks a model its own warm-up requests, through a server.

python -m tfx_pipeline.own_requests MODEL_FOLDER PROBLEM_FILE

writes what is wrong with the model into a file, nothing if it is fine. A
process of its own: a model that brings its server down does not take the
pipeline with it, and finds only what a server has loaded, not what training
has.
"""

import pathlib
import sys
import tempfile

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis.prediction_service_pb2_grpc import (
    PredictionServiceStub,
)

from tfcompat.data.errors import InputError
from tfcompat.export.warmup import read_warmup_requests
from tfcompat.serving.embedded_server import EmbeddedServer

_VERSION = "1"
_UNLIMITED = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
)


def find_problem(folder, timeout):
    """Serves a model and has it answer its own warm-up requests.

    Args:
        folder: Folder of a SavedModel, as `write_saved_model` leaves it.
        timeout: Seconds that an answer may take.

    Returns:
        str: what is wrong; "" if nothing is.
    """
    try:
        requests = read_warmup_requests(folder)
    except InputError as error:
        return str(error)
    name = requests[0].model_spec.name
    with tempfile.TemporaryDirectory(prefix="tfcompat-check-") as root:
        model = pathlib.Path(root, name)
        model.mkdir()
        model.joinpath(_VERSION).symlink_to(pathlib.Path(folder).absolute())
        with EmbeddedServer(
            root, port=0, rest_port=None, poll_seconds=0, load_retries=0
        ) as server:
            if problem := server.manager.problems().get(name):
                return f"{name} cannot be loaded: {problem}"
            address = f"{server.host}:{server.port}"
            with grpc.insecure_channel(address, _UNLIMITED) as channel:
                return _ask(channel, requests, timeout)


def _ask(channel, requests, timeout):
    predict = PredictionServiceStub(channel).Predict
    for number, request in enumerate(requests, 1):
        spec = request.model_spec
        what = f"{spec.name}: request {number} ({spec.signature_name})"
        try:
            response = predict(request, timeout)
        except grpc.RpcError as error:
            return (
                f"{what} is not answered: {error.code().name}: "
                f"{' '.join(error.details().split())}"
            )
        for key, tensor in response.outputs.items():
            values = tf.make_ndarray(tensor)
            if values.dtype.kind == "f" and np.isnan(values).any():
                return f"{what} is answered with NaN in {key}"
    return ""


def main(arguments):
    folder, problem_file, timeout = arguments
    problem = find_problem(folder, float(timeout))
    pathlib.Path(problem_file).write_text(problem, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
