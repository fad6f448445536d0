"""The runs that a run of GECo or a baseline stands on."""

import dataclasses

from tfcompat.data.errors import InputError
from tfcompat.training.compatibility_config import BPRDAEConfig, GECoConfig
from tfcompat.training.config_files import load_config
from tfcompat.training.execution import stage
from tfcompat.training.frozen_encoder import FrozenEncoder
from tfcompat.training.gan_baseline_configs import CIGMConfig
from tfcompat.training.run_folder import RunFolder

# Backbones that a run of a garment encoder brings.
OF_ENCODER = ("frozen", "fine_tuned")


def train_stages(config, wardrobe, run):
    """Trains the runs that one stands on, unless they are given.

    Before anything of the run itself draws random numbers.
    """
    needs = set()
    if isinstance(config, BPRDAEConfig):
        needs.add("encoder")
    if isinstance(config, GECoConfig):
        if config.backbone in OF_ENCODER:
            needs.add("encoder")
        if "template" in config.query_parts:
            needs.add("generator")
        if "design" in config.query_parts and not config.designer:
            raise InputError(
                'query_parts has "design": name a finished run of a designer '
                "by designer=RUN."
            )
    for name in sorted(needs):
        settings = load_config(getattr(config, f"{name}_config"))
        if isinstance(settings, CIGMConfig):
            settings = dataclasses.replace(
                settings,
                seed=config.seed,
                query_group=config.query_group,
                target_group=config.candidate_group,
                pairs=config.pairs,
                splits=config.splits,
            )
        stage(run, name, getattr(config, name), settings, wardrobe)


def find_encoder(config, run):
    """`RunFolder` of the garment encoder that a run stands on."""
    return RunFolder(config.encoder or run.path / "encoder")


def find_frozen(config, run):
    """`FrozenEncoder` whose sight stands for images in a run's batches.

    None where the run takes images as they are, or nothing.
    """
    if getattr(config, "backbone", None) != "frozen":
        return None
    return FrozenEncoder(find_encoder(config, run), config.trained_convolutions)
