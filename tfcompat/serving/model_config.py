"""Which models a server serves: TensorFlow Serving's `models.config`."""

import pathlib
import re

import grpc
from google.protobuf import text_format
from tensorflow_serving.config.model_server_config_pb2 import (
    ModelServerConfig,
    ModelType,
)

from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_path
from tfcompat.serving.errors import ServingError
from tfcompat.serving.version_source import find_versions

PLATFORM = "tensorflow"
_URI = re.compile(r"[A-Za-z][A-Za-z0-9.]*://")


def read_model_config(path):
    """Reads a `models.config` in TensorFlow Serving's text format.

    Args:
        path: The file.

    Returns:
        `ModelServerConfig` message, not yet checked.

    Raises:
        InputError: If it cannot be read or parsed, or has no list of models;
            says file and line.
    """
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    try:
        config = text_format.Parse(text, ModelServerConfig())
    except text_format.ParseError as error:
        raise InputError(f"{path}:{error}") from error
    if not config.HasField("model_config_list"):
        raise InputError(f"{path}: has no model_config_list.")
    return config


def write_model_config(config, path):
    """Writes a `ModelServerConfig` message in one step.

    Raises:
        InputError: If the file cannot be written.
    """
    with atomic_path(path) as partial:
        partial.write_text(
            text_format.MessageToString(config, as_utf8=True), encoding="utf-8"
        )


def make_model_config(root):
    """Makes the config that serves everything in a folder.

    Every sub-folder with at least one version is a model of its name, its
    newest version served. A root that holds SavedModels in version folders
    directly is the folder of that one model. Names with a leading dot or the
    ending `.partial` are passed over.

    Args:
        root: Folder, as `saved_models`.

    Returns:
        `ModelServerConfig` message, models sorted by name; it may list none.

    Raises:
        InputError: If `root` is not there or is no folder.
    """
    root = pathlib.Path(root).absolute()
    config = ModelServerConfig()
    config.model_config_list.SetInParent()
    try:
        if any(map(_holds_saved_model, find_versions(root).values())):
            _add_model(config, root.resolve().name, root)
            return config
        children = sorted(root.iterdir())
    except OSError as error:
        raise InputError(
            f"{root}: is no folder to serve: {error.strerror}"
        ) from error
    for child in children:
        hidden = child.name.startswith(".") or child.name.endswith(".partial")
        if not hidden and _has_versions(child):
            _add_model(config, child.name, child)
    return config


def _add_model(config, name, base_path):
    config.model_config_list.config.add(
        name=name, base_path=str(base_path), model_platform=PLATFORM
    )


def _holds_saved_model(folder):
    return any(
        (folder / name).is_file()
        for name in ("saved_model.pb", "saved_model.pbtxt")
    )


def _has_versions(folder):
    try:
        return bool(find_versions(folder))
    except OSError:  # A file, or gone meanwhile.
        return False


def check_model_config(config, current=None):
    """Refuses a config that cannot be served.

    All is checked before anything is taken over, so that a config that is
    refused leaves no trace. (TensorFlow Serving checks the platforms of new
    models later and is spoilt by them.)

    Args:
        config: `ModelServerConfig` message.
        current: The one that it shall replace, or None.

    Raises:
        ServingError: INVALID_ARGUMENT with TensorFlow Serving's words, or
            ours for a model without a name and for base paths that are URIs.
    """
    if config.WhichOneof("config") != "model_config_list":
        raise _refusal(
            "ServerModelConfig type not supported by "
            "HandleReloadConfigRequest. Only ModelConfigList is currently "
            "supported"
        )
    models = config.model_config_list.config
    seen = set()
    for model in models:
        if model.name in seen:
            raise _refusal(
                f"Illegal to list model {model.name} multiple times in config "
                "list"
            )
        if not model.name:
            raise _refusal("Illegal to list a model without a name")
        seen.add(model.name)
    for model in models:
        _check_base_path(model)
    before = {
        model.name: _platform(model)
        for model in (current.model_config_list.config if current else ())
    }
    for model in models:
        platform = _platform(model)
        if before.get(model.name, platform) != platform:
            raise _refusal(
                "Illegal to change a model's platform. For model "
                f"{model.name} platform was {before[model.name]} and new "
                f"platform requested is {platform}"
            )
    for model in models:
        if _platform(model) != PLATFORM:
            raise _refusal(
                f"Model {model.name} requests unsupported platform "
                f"{_platform(model)}"
            )


def _check_base_path(model):
    if _URI.match(model.base_path):
        raise _refusal(
            f"Model {model.name} has base_path()={model.base_path}; the "
            "embedded server reads local folders only, TensorFlow Serving "
            "itself reads URIs"
        )
    if not pathlib.PurePosixPath(model.base_path).is_absolute():
        raise _refusal(
            f"Expected model {model.name} to have an absolute path or URI; got "
            f"base_path()={model.base_path}"
        )


def _platform(model):
    """The platform of a `ModelConfig`, by either of its two fields."""
    if model.model_type == ModelType.MODEL_TYPE_UNSPECIFIED:
        if not model.model_platform:
            raise _refusal(
                "Illegal setting neither ModelServerConfig::model_type "
                "(deprecated) nor ModelServerConfig::model_platform, model "
                f"name is {model.name}"
            )
        return model.model_platform
    if model.model_platform:
        raise _refusal(
            "Illegal setting both ModelServerConfig::model_type (deprecated) "
            "and ModelServerConfig::model_platform."
        )
    if model.model_type != ModelType.TENSORFLOW:
        raise _refusal(
            f"ModelServerConfig::model_type choice {model.model_type} not "
            "supported."
        )
    return PLATFORM


def _refusal(message):
    return ServingError(grpc.StatusCode.INVALID_ARGUMENT, message)
