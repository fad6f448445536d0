"""What the components that train have in common."""

import importlib
import json

from tfx.types import artifact_utils
from tfx.types.component_spec import ChannelParameter, ExecutionParameter
from tfx.types.standard_artifacts import (
    Examples,
    HyperParameters,
    Model,
    ModelRun,
    TransformGraph,
)
from tfx.utils import io_utils, path_utils

from tfx_pipeline.trainers.arguments import TrainArgs, load_config
from tfx_pipeline.wardrobe_files import read_manifest
from tfx_pipeline.work_folders import open_work_folder

_EXAMPLE_SETS = ("items", "item_votes", "pair_votes", "outfits")
_RUNS = ("encoder", "stage_one")

PARAMETERS = {
    "stage": ExecutionParameter(type=str),
    "config": ExecutionParameter(type=str),
    "work": ExecutionParameter(type=str),
    "wardrobe": ExecutionParameter(type=str),
}


def _inputs():
    kinds = {
        **dict.fromkeys(_EXAMPLE_SETS, Examples),
        **{f"{name}_graph": TransformGraph for name in _EXAMPLE_SETS},
        **dict.fromkeys(_RUNS, ModelRun),
    }
    return {
        name: ChannelParameter(type=kind, optional=True)
        for name, kind in kinds.items()
    }


INPUTS = _inputs()
TRAINER_INPUTS = {
    **INPUTS,
    "base_model": ChannelParameter(type=Model, optional=True),
    "hyperparameters": ChannelParameter(type=HyperParameters, optional=True),
}


def read_arguments(input_dict, output_dict, exec_properties):
    """Makes a trainer module's arguments of what TFX gives an executor.

    Args:
        input_dict: Dict from input to list of artifacts.
        output_dict: Dict from output to list of artifacts.
        exec_properties: Dict of the component's parameters.

    Returns:
        `TrainArgs`.
    """
    uris = {
        name: artifact_utils.get_single_uri(artifacts)
        for name, artifacts in input_dict.items()
        if artifacts
    }
    work = open_work_folder(
        exec_properties["work"],
        exec_properties["stage"],
        {"config": exec_properties["config"], "inputs": uris},
    )
    outputs = {
        name: artifact_utils.get_single_uri(artifacts)
        for name, artifacts in output_dict.items()
    }
    base_model = ""
    if "base_model" in uris:
        artifact = artifact_utils.get_single_instance(input_dict["base_model"])
        base_model = path_utils.serving_model_path(
            artifact.uri, path_utils.is_old_model_artifact(artifact)
        )
    return TrainArgs(
        config=load_config(exec_properties["config"]),
        examples=_of(uris, _EXAMPLE_SETS),
        transform_graphs={
            name: uris[f"{name}_graph"] for name in _of(uris, _EXAMPLE_SETS)
        },
        work=str(work),
        model_run_dir=outputs.get("model_run", ""),
        serving_model_dir=path_utils.serving_model_dir(outputs["model"])
        if "model" in outputs
        else "",
        runs=_of(uris, _RUNS),
        manifest=read_manifest(exec_properties["wardrobe"]),
        base_model=base_model,
        hyperparameters=_read_hyperparameters(uris.get("hyperparameters")),
        index=exec_properties.get("index", "auto"),
    )


def _of(uris, names):
    return {name: uris[name] for name in names if name in uris}


def _read_hyperparameters(folder):
    """Dict of the best values that a tuner wrote; empty without one."""
    if folder is None:
        return {}
    path = io_utils.get_only_uri_in_dir(folder)
    return json.loads(io_utils.read_string_file(path))["values"]


def import_function(path):
    """Returns the function that a dotted path names."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)
