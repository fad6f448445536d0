"""What a run of the pipeline is asked to do."""

import dataclasses
import json
import math
import os
import pathlib
import shlex

from tfcompat.data.errors import InputError
from tfx_pipeline.remote_paths import is_remote

VARIABLE = "TFCOMPAT_PIPELINE_"
FILE_VARIABLE = f"{VARIABLE}CONFIG"

# Beam's default runner first tries to download another one; TFX packs itself
# for remote workers unless told which image they run; and a third of a small
# run's time would go into checking the types of TFX's own steps.
IN_PROCESS = (
    "--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner",
    "--sdk_container_image=none",
    "--no_pipeline_type_check",
)

_PATHS = ("wardrobe", "pipeline_root", "metadata_path", "serving_dir", "schema")
_WORDS = {"true": True, "1": True, "false": False, "0": False}


@dataclasses.dataclass(frozen=True)
class PipelineConfig:
    """Settings of the pipeline; plain values, ready for JSON.

    Attributes:
        name: Of the pipeline, as `tfx run create --pipeline_name` says it.
        wardrobe: The wardrobe folder.
        pipeline_root: Folder of all artifacts.
        metadata_path: ML Metadata's SQLite file.
        serving_dir: Folder that models are pushed to.
        schema: Folder of the reviewed schemas, `<example set>/schema.pbtxt`.
        stage_one: "partial-dual" or "stynet".
        stage_two: Name of a run config that learns from pair votes.
        encoder_settings: "name=value" words that change the garment encoder's
            run config, as `tfcompat train --set` takes them.
        stage_one_settings: The same for stage 1.
        stage_two_settings: The same for stage 2.
        also_train: Run configs of models that are trained beside stage 2,
            each one text: its name and "name=value" words, such as
            "designer-small epochs=20".
        bar_customer_roc_auc: Customer-level ROC AUC that a model must reach
            to be pushed.
        allowed_loss: How much of it a model may fall behind the one last
            pushed.
        tune: Whether to search for stage 2's settings.
        tuner_trials: How many settings the search tries.
        warm_start: Whether training starts from the last blessed model.
        accept_drift: Whether the data may differ from those of the last run
            as much as they like.
        beam_args: Arguments of Apache Beam, such as "--runner=FlinkRunner".
        cache: Whether what has not changed is taken from earlier runs.
        index: Kind of the index pushed with a model.
        docker_infra_validation: Whether TFX's InfraValidator tries the model
            in a TensorFlow Serving container.
        seed: Of training and tuning.
        gpus: How many to ask for where training runs elsewhere.

    Raises:
        InputError: If a setting is out of range.
    """

    name: str
    wardrobe: str
    pipeline_root: str
    metadata_path: str
    serving_dir: str
    schema: str
    stage_one: str = "partial-dual"
    stage_two: str = "psa-net"
    encoder_settings: tuple = ()
    stage_one_settings: tuple = ()
    stage_two_settings: tuple = ()
    also_train: tuple = ()
    bar_customer_roc_auc: float = 0.55
    allowed_loss: float = 0.01
    tune: bool = False
    tuner_trials: int = 8
    warm_start: bool = False
    accept_drift: bool = False
    beam_args: tuple = IN_PROCESS
    cache: bool = True
    index: str = "auto"
    docker_infra_validation: bool = False
    seed: int = 0
    gpus: int = 0

    def __post_init__(self):
        for field in dataclasses.fields(self):
            if field.type is tuple:  # JSON knows lists only.
                value = tuple(getattr(self, field.name))
                object.__setattr__(self, field.name, value)
        if not self.name:
            raise InputError("name must not be empty.")
        if self.stage_one not in ("partial-dual", "stynet"):
            raise InputError(
                "stage_one must be partial-dual or stynet, got "
                f"{self.stage_one!r}."
            )
        for name, least, most in (
            ("bar_customer_roc_auc", 0, 1),
            ("allowed_loss", 0, 1),
            ("tuner_trials", 1, None),
            ("seed", 0, None),
            ("gpus", 0, None),
        ):
            value = getattr(self, name)
            if not least <= value <= (math.inf if most is None else most):
                limits = f"between {least} and {most}"
                if most is None:
                    limits = f"at least {least}"
                raise InputError(f"{name} must be {limits}, got {value}.")


def load_config(defaults):
    """Settles the settings: defaults, then a file, then the environment.

    The file is named by the variable `TFCOMPAT_PIPELINE_CONFIG`: YAML or JSON,
    a mapping from fields to values. A variable `TFCOMPAT_PIPELINE_<FIELD>`
    sets one field; lists are words as a shell splits them. Relative paths
    start from the current folder.

    Args:
        defaults: `PipelineConfig`.

    Returns:
        `PipelineConfig` with absolute paths.

    Raises:
        InputError: If the file cannot be read, or a field is unknown or of the
            wrong type; the message names the file or the variable.
    """
    fields = {field.name: field.type for field in dataclasses.fields(defaults)}
    changes = {}
    path = os.environ.get(FILE_VARIABLE)
    if path:
        for name, value in _read(path).items():
            _check_known(name, fields, path)
            changes[name] = _converted(name, value, fields[name], path)
    for variable in sorted(os.environ):
        if not variable.startswith(VARIABLE) or variable == FILE_VARIABLE:
            continue
        name = variable.removeprefix(VARIABLE).lower()
        _check_known(name, fields, variable)
        value = _parsed(os.environ[variable], fields[name], variable)
        changes[name] = _converted(name, value, fields[name], variable)
    config = dataclasses.replace(defaults, **changes)
    paths = {name: _absolute(getattr(config, name)) for name in _PATHS}
    return dataclasses.replace(config, **paths)


def _read(path):
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}: cannot be read: {error} ({FILE_VARIABLE} names it)."
        ) from error
    if path.endswith((".yaml", ".yml")):
        import yaml

        parse, problem, kind = yaml.safe_load, yaml.YAMLError, "YAML"
    else:
        parse, problem, kind = json.loads, json.JSONDecodeError, "JSON"
    try:
        content = parse(text)
    except problem as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: is not {kind}: {reason}.") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: is no mapping from fields to values.")
    return content


def _check_known(name, fields, source):
    if name not in fields:
        raise InputError(
            f"{source}: there is no field {name!r}; there are "
            f"{', '.join(fields)}."
        )


def _parsed(text, kind, variable):
    """What a variable's text means as `kind`; the text if that is unclear."""
    try:
        if kind is tuple:
            return shlex.split(text)
        if kind is bool:
            return _WORDS[text.lower()]
        return kind(text)
    except (KeyError, ValueError):
        return text


def _converted(name, value, kind, source):
    """The value as the type `kind`, or an `InputError`."""
    if kind is tuple:
        if isinstance(value, list) and all(isinstance(v, str) for v in value):
            return tuple(value)
        raise InputError(
            f"{source}: {name} must be a list of texts, got {value!r}."
        )
    whole = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(value, kind) and (whole or kind is not int):
        return value
    if kind is float and whole:
        return float(value)
    raise InputError(f"{source}: {name} must be {_KINDS[kind]}, got {value!r}.")


_KINDS = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
}


def _absolute(path):
    """A local path from the root; one that names a file system as it is."""
    return path if is_remote(path) else os.path.abspath(path)
