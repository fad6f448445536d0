"""Training runs of the GAN baselines."""

import functools

import numpy as np
import tf_keras as keras

from tfcompat.data.compatible_pairs import compatible_pairs
from tfcompat.data.design_batches import (
    design_pairs,
    design_steps,
    make_design_dataset,
)
from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.layers.image_converter import ImageConverter
from tfcompat.layers.patch_discriminator import PatchDiscriminator
from tfcompat.layers.residual_discriminator import ResidualDiscriminator
from tfcompat.layers.strided_discriminator import StridedDiscriminator
from tfcompat.layers.subpixel_generator import SubpixelGenerator
from tfcompat.layers.unet import UNet
from tfcompat.models.baselines.discogan import DiscoGAN
from tfcompat.models.baselines.domain_transfer import DomainTransfer
from tfcompat.models.baselines.mrcgan import MrCGAN
from tfcompat.models.baselines.pix2pix import Pix2pix, make_cigm
from tfcompat.training.compatibility_family import load_family
from tfcompat.training.design_progress import (
    DesignSamples,
    StopOnNaN,
    noise_diversity,
)
from tfcompat.training.execution import stage, train_model
from tfcompat.training.fit import fit
from tfcompat.training.gan_baseline_configs import (
    CIGMConfig,
    CompatibilityFamilyConfig,
    DiscoGANConfig,
    DomainTransferConfig,
    GANBaselineConfig,
    MrCGANConfig,
    Pix2pixConfig,
)
from tfcompat.training.precision import computing_in
from tfcompat.training.subspace_net import save_model


@functools.singledispatch
def build_baseline(config, family=None):
    """Puts the parts of a baseline together.

    Args:
        config: A `GANBaselineConfig` of one of the baselines.
        family: `CompatibilityFamily`, which MrCGAN stands on.

    Returns:
        Compiled and built model.
    """
    raise TypeError(f"`config` is no baseline's, got {config!r}.")


@build_baseline.register
def _build_pix2pix(config: Pix2pixConfig, family=None):
    width = config.width
    blocks = config.image_size.bit_length() - 1  # Down to a single pixel.
    model = Pix2pix(
        UNet(
            [min(width * 2**i, 8 * width) for i in range(blocks)],
            config.noise_dim,
            config.dropout_rate,
        ),
        PatchDiscriminator(_doubling(width)),
        config.image_size,
        config.seed,
        name="pix2pix",
    )
    model.compile(_adam(config), _adam(config), l1_weight=config.l1_weight)
    return model


@build_baseline.register
def _build_cigm(config: CIGMConfig, family=None):
    model = make_cigm(
        config.image_size,
        config.width,
        config.noise_dim,
        config.dropout_rate,
        config.seed,
    )
    model.compile(_adam(config), _adam(config), l1_weight=config.l1_weight)
    return model


@build_baseline.register
def _build_discogan(config: DiscoGANConfig, family=None):
    filters = _doubling(config.width)
    early = config.early_iterations
    if config.epoch_steps:
        # A step is three iterations.
        early = min(early, config.epochs * config.epoch_steps)
    model = DiscoGAN(
        ImageConverter(filters, name="to_target"),
        ImageConverter(filters, name="to_query"),
        StridedDiscriminator(filters, name="target_discriminator"),
        StridedDiscriminator(filters, name="query_discriminator"),
        config.image_size,
        name="discogan",
    )
    model.compile(
        _adam(config),
        _adam(config),
        early_rate=config.early_rate,
        late_rate=config.late_rate,
        early_iterations=early,
        weight_decay=config.weight_decay,
    )
    return model


@build_baseline.register
def _build_domain_transfer(config: DomainTransferConfig, family=None):
    filters = _doubling(config.width)
    model = DomainTransfer(
        ImageConverter(filters, 5, config.code_dim, "tanh", name="converter"),
        StridedDiscriminator(filters, 5, name="discriminator"),
        StridedDiscriminator(filters, 5, name="domain_discriminator"),
        config.image_size,
        name="domain_transfer",
    )
    model.compile(_adam(config), _adam(config))
    return model


@build_baseline.register
def _build_mrcgan(config: MrCGANConfig, family=None):
    model = MrCGAN(
        family,
        SubpixelGenerator(config.image_size, config.width),
        # Half as wide as the generator, as published.
        ResidualDiscriminator(family.encoder.dim, max(config.width // 2, 1)),
        config.noise_dim,
        config.seed,
        name="mrcgan",
    )
    model.compile(
        _adam(config),
        _adam(config),
        near_margin=config.near_margin,
        apart_margin=config.apart_margin,
        penalty_weight=config.penalty_weight,
    )
    return model


def _doubling(width):
    return [width * 2**i for i in range(4)]


def _adam(config):
    return keras.optimizers.Adam(config.learning_rate, config.beta_1)


def _family(config, wardrobe, run):
    """The stage that a config asks for, or None."""
    if not isinstance(config, MrCGANConfig):
        return None
    settings = CompatibilityFamilyConfig(
        seed=config.seed,
        query_group=config.query_group,
        target_group=config.target_group,
        image_size=config.image_size,
        width=config.width,
        splits=config.splits,
        batch_size=config.batch_size,
        epochs=config.family_epochs,
        epoch_steps=config.epoch_steps,
        precision=config.precision,
    )
    given = stage(run, "family", config.family, settings, wardrobe)
    for name in ("image_size", "query_group", "target_group"):
        there = given.read_config()[name]
        if there != getattr(config, name):
            raise InputError(
                f"{given.path}: was trained with {name}={there}, but this run "
                f"asks for {getattr(config, name)}."
            )
    return load_family(given)


@train_model.register
def train_gan_baseline(config: GANBaselineConfig, wardrobe, run):
    """Trains a baseline; returns the numbers of its last epoch."""
    pairs = _find_pairs(config, wardrobe, config.splits)
    images = ImageStore(wardrobe.image_paths, config.image_size)
    with computing_in(config.precision):
        family = _family(config, wardrobe, run)
        keras.utils.set_random_seed(config.seed)
        model = build_baseline(config, family)
        _fit(model, config, wardrobe, pairs, images, run)
    save_model(model, wardrobe, run)
    numbers = dict(run.read_history()[-1])
    del numbers["epoch"]
    if isinstance(config, CIGMConfig):
        shown = _held_out(config, wardrobe, pairs)
        numbers |= noise_diversity(model, shown, images, config.seed)
    return numbers


def _find_pairs(config, wardrobe, splits):
    groups = config.query_group, config.target_group
    if isinstance(config, CIGMConfig):
        found = compatible_pairs(wardrobe, *groups, splits, config.pairs)
        return found.as_design_pairs()
    return design_pairs(wardrobe, *groups, splits)


def _fit(model, config, wardrobe, pairs, images, run):
    steps = config.epoch_steps or design_steps(pairs, config.batch_size)
    shown = _held_out(config, wardrobe, pairs)

    def make_train(first_epoch):
        return make_design_dataset(
            pairs,
            images,
            batch_size=config.batch_size,
            seed=config.seed,
            first_step=first_epoch * steps,
            steps=(config.epochs - first_epoch) * steps,
        )

    fit(
        model,
        make_train,
        run,
        epochs=config.epochs,
        steps=steps,
        callbacks=[
            StopOnNaN(run),
            DesignSamples(run, shown, images, config.seed),
        ],
        name=model.name,
    )


def _held_out(config, wardrobe, pairs):
    """The pairs to draw samples for: held out ones, if there are any."""
    if "valid" in config.splits:
        return pairs
    try:
        held_out = _find_pairs(config, wardrobe, "valid")
    except InputError:  # There are none.
        return pairs
    held_out = held_out.of(np.unique(pairs.customer))
    return held_out if len(held_out) else pairs
