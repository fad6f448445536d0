"""The encoder whose backbone's features an outfit model takes."""

import dataclasses
import logging

from tfcompat.data.attribute_tasks import has_attributes
from tfcompat.data.errors import InputError
from tfcompat.training.adde import ADDEConfig, adde_features, load_adde
from tfcompat.training.execution import stage
from tfcompat.training.garment_encoder import GarmentEncoderConfig
from tfcompat.training.run_folder import RunFolder

_LOG = logging.getLogger(__name__)
WITHOUT_ATTRIBUTES = "garment-encoder"


def outfit_stage(config, wardrobe, run):
    """The encoder that an outfit model builds on.

    ADDE's, as a rule. To a model that needs no more than a backbone's features
    a garment encoder will do; it is trained where the wardrobe has no two
    attributes that ADDE could tell apart, as Polyvore Outfits.

    Args:
        config: `OutfitConfig`.
        wardrobe: `Wardrobe`.
        run: `RunFolder` of the run.

    Returns:
        Tuple of the `ADDE` or `GarmentEncoder`, whose backbone is no longer
        trained, and float32 `[items, f]` features.

    Raises:
        InputError: If the encoder is of another kind than the model needs, or
            the wardrobe lacks the attributes for it.
    """
    settings = _encoder_settings(config, wardrobe)
    encoder_run = stage(
        run,
        "encoder",
        config.encoder,
        dataclasses.replace(settings, seed=config.seed),
        wardrobe,
    )
    encoder = load_adde(encoder_run)
    encoder.backbone.trainable = False
    return encoder, adde_features(encoder_run, wardrobe)


def _encoder_settings(config, wardrobe):
    """Settings of the kind of encoder that is given, or is to be trained."""
    # Here, for configs import their trainers.
    from tfcompat.training.config_files import load_config

    is_adde_o = config.embedding == "attributes"
    if config.encoder:
        given = RunFolder(config.encoder).read_config().get("config")
        is_garment = given == GarmentEncoderConfig.__name__
        return (
            GarmentEncoderConfig()
            if is_garment and not is_adde_o
            else ADDEConfig()
        )
    settings = load_config(config.encoder_config)
    kinds = (ADDEConfig,) if is_adde_o else (ADDEConfig, GarmentEncoderConfig)
    if not isinstance(settings, kinds):
        raise InputError(
            f"encoder_config {config.encoder_config} must be of "
            f"{' or '.join(kind.__name__ for kind in kinds)}, got "
            f"{type(settings).__name__}."
        )
    if isinstance(settings, GarmentEncoderConfig) or has_attributes(wardrobe):
        return settings
    if is_adde_o:
        raise InputError(
            f"{wardrobe.folder}: embedding=attributes (ADDE-O) compares items "
            "attribute by attribute, and items.csv has fewer than two; add "
            "columns attr_<name>, or train csa-net, type-aware or "
            "outfit-siamese, which need none."
        )
    _LOG.warning(
        "%s: has fewer than two attributes for %s; %s takes its place.",
        wardrobe.folder,
        config.encoder_config,
        WITHOUT_ATTRIBUTES,
    )
    return load_config(WITHOUT_ATTRIBUTES)
