"""Whether a model can be served: InfraValidator's job without Docker."""

import logging
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from tfx.components import InfraValidator
from tfx.dsl.component.experimental.annotations import (
    InputArtifact,
    OutputArtifact,
    Parameter,
)
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.io import fileio
from tfx.proto import infra_validator_pb2
from tfx.types.standard_artifacts import InfraBlessing, Model
from tfx.utils import io_utils, path_utils

from tfx_pipeline.remote_paths import is_remote

BLESSED = "blessed"
PROBLEM = "problem"
_CHECK = "tfx_pipeline.own_requests"
# The TensorFlow that models are trained and saved by.
_SERVING_IMAGE_TAG = "2.16.1"
_REQUEST_SECONDS = 60
_CHECK_SECONDS = 900

logger = logging.getLogger(__name__)


def make_serving_check(config, *, model, examples):
    """Makes the component that tries to serve a model.

    Args:
        config: `tfx_pipeline.config.PipelineConfig`; with
            `docker_infra_validation` it is TFX's InfraValidator, which runs
            TensorFlow Serving in Docker.
        model: Channel of the model.
        examples: Channel of raw examples of votes on pairs, for
            InfraValidator to ask; ours asks what the model has been warmed up
            with.

    Returns:
        A component whose output is "blessing".
    """
    if not config.docker_infra_validation:
        return ServingCheck(
            model=model,
            request_seconds=_REQUEST_SECONDS,
            check_seconds=_CHECK_SECONDS,
        ).with_id("ServingCheck")
    serving = infra_validator_pb2.ServingSpec(
        tensorflow_serving=infra_validator_pb2.TensorFlowServing(
            tags=[_SERVING_IMAGE_TAG]
        ),
        local_docker=infra_validator_pb2.LocalDockerConfig(),
    )
    requests = infra_validator_pb2.RequestSpec(
        tensorflow_serving=infra_validator_pb2.TensorFlowServingRequestSpec(
            signature_names=["examples"]
        ),
        split_name="test",
        num_examples=3,
    )
    return InfraValidator(
        model=model,
        examples=examples,
        serving_spec=serving,
        request_spec=requests,
        validation_spec=infra_validator_pb2.ValidationSpec(
            max_loading_time_seconds=_CHECK_SECONDS, num_tries=1
        ),
    ).with_id("InfraValidator")


@component
def ServingCheck(
    model: InputArtifact[Model],
    blessing: OutputArtifact[InfraBlessing],
    request_seconds: Parameter[int],
    check_seconds: Parameter[int],
):
    """Serves a model and has it answer its own warm-up requests."""
    folder = path_utils.serving_model_path(model.uri)
    problem = check_model(folder, request_seconds, check_seconds)
    # As TFX's InfraValidator says it, for Pusher to read.
    name = "INFRA_NOT_BLESSED" if problem else "INFRA_BLESSED"
    io_utils.write_string_file(os.path.join(blessing.uri, name), problem)
    blessing.set_int_custom_property(BLESSED, int(not problem))
    blessing.set_string_custom_property(PROBLEM, problem)
    if problem:
        logger.warning("not served: %s", problem)


def check_model(folder, request_seconds, check_seconds):
    """Tries a model in a server of a process of its own.

    Args:
        folder: Folder of the SavedModel, on any of TFX's file systems.
        request_seconds: How long an answer may take.
        check_seconds: How long all of it may take.

    Returns:
        str: what is wrong; "" if nothing is.
    """
    with tempfile.TemporaryDirectory(prefix="tfcompat-check-") as work:
        if is_remote(folder):
            io_utils.copy_dir(folder, os.path.join(work, "model"))
            folder = os.path.join(work, "model")
        answer = pathlib.Path(work, "problem")
        command = [
            *(sys.executable, "-m", _CHECK),
            *(folder, answer, request_seconds),
        ]
        try:
            status = subprocess.run(
                list(map(str, command)), timeout=check_seconds
            ).returncode
        except subprocess.TimeoutExpired:
            return f"the server has not answered in {check_seconds} seconds"
        if status < 0:
            return f"the server died of {signal.Signals(-status).name}"
        if status or not fileio.exists(str(answer)):
            return f"the check failed with exit status {status}"
        return answer.read_text(encoding="utf-8")
