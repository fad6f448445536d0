"""Which run config each stage is trained by."""

import dataclasses
import pathlib
import shlex
from typing import Any, NamedTuple

from tfcompat.data.errors import InputError
from tfcompat.training.config_files import apply_settings, load_config
from tfcompat.training.garment_encoder import GarmentEncoderConfig
from tfcompat.training.joint_subspace_net import JointSubspaceConfig
from tfcompat.training.partial_dual import PartialDualConfig
from tfcompat.training.stynet import StyNetConfig
from tfcompat.training.subspace_config import SubspaceConfig
from tfx_pipeline.trainers import adde, designer, geco, outfits

# Trainer modules of models that stand beside stage 2.
_MODULES = (adde, designer, geco, outfits)
_PAIR_CONFIGS = (SubspaceConfig, JointSubspaceConfig)
# What the pipeline itself settles.
_STAGES = ("encoder", "stage_one", "customers")


class Beside(NamedTuple):
    """A model that is trained beside stage 2.

    Attributes:
        name: Of its run config.
        config: The run config.
        module: What trains it, of `tfx_pipeline.trainers`.
    """

    name: str
    config: Any
    module: Any


class RunConfigs(NamedTuple):
    """Run configs of the stages.

    Attributes:
        encoder: `GarmentEncoderConfig`.
        stage_one: `PartialDualConfig` or `StyNetConfig`; None where stage 2
            does not build on it.
        stage_two: `SubspaceConfig` or `JointSubspaceConfig`.
        beside: List of `Beside`.
    """

    encoder: GarmentEncoderConfig
    stage_one: PartialDualConfig | StyNetConfig | None
    stage_two: SubspaceConfig | JointSubspaceConfig
    beside: list


def choose_run_configs(config):
    """Settles the settings of all stages.

    Args:
        config: `tfx_pipeline.config.PipelineConfig`.

    Returns:
        `RunConfigs`.

    Raises:
        InputError: If there is no such run config, a stage cannot use it, or
            a setting is none of its own.
    """
    stage_two = _load(config, "stage_two", config.stage_two)
    if type(stage_two) not in _PAIR_CONFIGS:
        raise InputError(
            "stage_two must name a run config that learns from pair votes; "
            f"{config.stage_two} is a {type(stage_two).__name__}."
        )
    if getattr(stage_two, "votes", "customers") != "customers":
        raise InputError(
            f"stage_two {config.stage_two} learns from {stage_two.votes}, of "
            "whom the pipeline knows nothing."
        )
    stage_one = None
    if _asks_for_customers(stage_two):
        customers = config.stage_one.replace("-", "_")
        if stage_two.customers not in ("partial_dual", customers):
            raise InputError(
                f"stage_two {config.stage_two} takes its customers from "
                f"{stage_two.customers}, but stage_one is {config.stage_one}."
            )
        stage_two = dataclasses.replace(stage_two, customers=customers)
        stage_one = _load(config, "stage_one", config.stage_one)
    return RunConfigs(
        _load(config, "encoder", "garment-encoder"),
        stage_one,
        stage_two,
        _choose_beside(config),
    )


def _choose_beside(config):
    chosen = [_choose_model(config, text) for text in config.also_train]
    names = [model.name for model in chosen]
    for name in set(names):
        if names.count(name) > 1:
            raise InputError(f"also_train: names {name} more than once.")
    return chosen


def _choose_model(config, text):
    try:
        name, *settings = shlex.split(text) or [""]
    except ValueError as error:
        raise InputError(f"also_train: {text!r}: {error}.") from error
    found = _apply(load_config(name), settings, "also_train", config.seed)
    for module in _MODULES:
        if isinstance(found, module.CONFIGS):
            return Beside(pathlib.Path(name).stem, found, module)
    raise InputError(
        f"also_train: {name} is a {type(found).__name__}, which no trainer "
        "beside stage 2 is for."
    )


def _load(config, stage, name):
    field = f"{stage}_settings"
    return _apply(load_config(name), getattr(config, field), field, config.seed)


def _apply(run_config, settings, field, seed):
    for setting in settings:
        if setting.partition("=")[0] in _STAGES:
            raise InputError(
                f"{field}: {setting} is for the pipeline to settle."
            )
    try:
        return apply_settings(
            dataclasses.replace(run_config, seed=seed), settings
        )
    except InputError as error:
        raise InputError(f"{field}: {error}") from error


def _asks_for_customers(stage_two):
    if not hasattr(stage_two, "customers") or stage_two.customers == "learned":
        return False
    return stage_two.attention == "customer" or stage_two.item_terms
