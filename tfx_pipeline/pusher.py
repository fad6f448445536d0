"""Pusher to `<serving folder>/<model>/<version>` that servers poll.

TFX's own Pusher copies file by file into a folder that already has the
version's name, so that a server may come upon half a model, and takes the time
for a version. Here the copy is renamed to the next number when it is whole.
"""

import hashlib
import json
import logging
import os
import pathlib
import uuid

from tfx.components import Pusher
from tfx.components.pusher.executor import Executor as TFXExecutor
from tfx.dsl.components.base import base_driver
from tfx.dsl.components.base.executor_spec import ExecutorClassSpec
from tfx.dsl.io import fileio
from tfx.orchestration import data_types_utils
from tfx.orchestration.portable import base_driver as ir_base_driver
from tfx.proto import pusher_pb2
from tfx.proto.orchestration.driver_output_pb2 import DriverOutput
from tfx.types import artifact_utils
from tfx.utils import io_utils, path_utils, proto_utils

from tfcompat.export.versions import list_versions, publish_folder
from tfx_pipeline.remote_paths import is_remote
from tfx_pipeline.trainers.running import copy_folder

# Where a pushed version says which artifact it is a copy of.
ORIGIN = os.path.join("assets.extra", "pipeline.json")
_CARD = os.path.join("assets.extra", "model_card.json")
_PUSHED, _DESTINATION = "pushed", "pushed_destination"

logger = logging.getLogger(__name__)


def make_pusher(config, *, model, model_blessing, infra_blessing):
    """Makes the component that hands a blessed model to the servers.

    Args:
        config: `tfx_pipeline.config.PipelineConfig`.
        model: Channel of the model.
        model_blessing: Channel of the evaluator's blessing.
        infra_blessing: Channel of the serving check's.

    Returns:
        The component.
    """
    return VersionPusher(
        model=model,
        model_blessing=model_blessing,
        infra_blessing=infra_blessing,
        push_destination=pusher_pb2.PushDestination(
            filesystem=pusher_pb2.PushDestination.Filesystem(
                base_directory=config.serving_dir
            )
        ),
    ).with_id("Pusher")


class VersionDriver(base_driver.BaseDriver, ir_base_driver.BaseDriver):
    """Has a model pushed again if all that was pushed is gone.

    TFX would otherwise take the push from its cache when somebody starts with
    an empty serving folder. Where other versions stand, one that is missing
    was taken out of service, and stays so.
    """

    def __init__(self, metadata_handle):
        base_driver.BaseDriver.__init__(self, metadata_handle)
        ir_base_driver.BaseDriver.__init__(self, metadata_handle)

    def run(self, execution_info):
        to = _serving_folder(execution_info.exec_properties)
        source = _model_folder(execution_info.input_dict)
        output = DriverOutput()
        if not is_remote(to):
            folder = pathlib.Path(to, _model_name(source))
            if self._has_pushed_to(folder) and not _versions(folder):
                data_types_utils.set_metadata_value(
                    output.exec_properties["gone"], uuid.uuid4().hex
                )
        return output

    def _has_pushed_to(self, folder):
        with self._mlmd_connection as connection:
            pushed = connection.store.get_artifacts_by_type("PushedModel")
        destinations = (
            artifact.custom_properties[_DESTINATION].string_value
            for artifact in pushed
        )
        return any(
            pathlib.Path(path).parent == folder for path in destinations if path
        )


class VersionExecutor(TFXExecutor):
    """Publishes a blessed model as the next version of its folder."""

    def Do(self, input_dict, output_dict, exec_properties):
        pushed = artifact_utils.get_single_instance(output_dict["pushed_model"])
        if not self.CheckBlessing(input_dict):
            self._MarkNotPushed(pushed)
            logger.warning("not pushed: the model is not blessed")
            return
        source = _model_folder(input_dict)
        to = _serving_folder(exec_properties)
        name = _model_name(source)
        if is_remote(to):
            self._push_by_copying(
                input_dict, output_dict, exec_properties, os.path.join(to, name)
            )
            return
        digest = digest_folder(source)
        path = _find_copy(pathlib.Path(to, name), digest)
        if path is None:
            origin = {
                "digest": digest,
                "model": input_dict["model"][0].uri,
                "blessing": input_dict["model_blessing"][0].uri,
            }

            def copy(folder):
                copy_folder(source, folder)
                (folder / ORIGIN).write_text(json.dumps(origin, indent=1))

            path = publish_folder(name, to, copy)
            logger.info("pushed: %s", path)
        else:
            logger.info("already pushed: %s", path)
        io_utils.write_string_file(
            os.path.join(pushed.uri, "destination"), str(path)
        )
        self._MarkPushed(
            pushed, pushed_destination=str(path), pushed_version=path.name
        )

    def _push_by_copying(self, inputs, outputs, properties, folder):
        """As TFX does: object stores cannot rename a folder.

        `saved_model.pb`, which makes a folder a model, comes last.
        """
        destination = pusher_pb2.PushDestination(
            filesystem=pusher_pb2.PushDestination.Filesystem(
                base_directory=folder
            )
        )
        super().Do(
            inputs,
            outputs,
            {
                **properties,
                "push_destination": proto_utils.proto_to_json(destination),
            },
        )


class VersionPusher(Pusher):
    """Pushes versions; its arguments are those of TFX's Pusher."""

    EXECUTOR_SPEC = ExecutorClassSpec(VersionExecutor)
    DRIVER_CLASS = VersionDriver


def digest_folder(folder):
    """SHA-256 of the names and contents of all files.

    Args:
        folder: On any of TFX's file systems.

    Returns:
        str of hexadecimal digits.
    """
    digest = hashlib.sha256()
    for parent, folders, files in fileio.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(parent, name)
            relative = os.path.relpath(path, folder)
            with fileio.open(path, "rb") as file:
                content = hashlib.sha256(file.read()).hexdigest()
            digest.update(f"{relative}\0{content}\n".encode())
    return digest.hexdigest()


def _find_copy(folder, digest):
    """The version that is a copy of the model already, or None."""
    for version in reversed(_versions(folder)):
        try:
            origin = json.loads((folder / str(version) / ORIGIN).read_text())
        except (OSError, ValueError):
            continue  # Exported by hand.
        if origin.get("digest") == digest:
            return folder / str(version)
    return None


def _versions(folder):
    return list_versions(folder) if folder.is_dir() else []


def _serving_folder(exec_properties):
    destination = pusher_pb2.PushDestination()
    proto_utils.json_to_proto(exec_properties["push_destination"], destination)
    return destination.filesystem.base_directory


def _model_folder(input_dict):
    return path_utils.serving_model_path(input_dict["model"][0].uri)


def _model_name(folder):
    with fileio.open(os.path.join(folder, _CARD)) as file:
        return json.load(file)["name"]
