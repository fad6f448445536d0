"""Training runs of GECo and its baselines."""

import dataclasses
import functools

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.compatible_pairs import compatible_pairs
from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.data.pipeline import make_dataset
from tfcompat.data.text_vectors import text_vectors
from tfcompat.layers.convolution_stack import ConvolutionStack
from tfcompat.layers.customer_table import CustomerTable
from tfcompat.layers.image_converter import ImageConverter
from tfcompat.layers.imagenet_pixels import ImageNetPixels
from tfcompat.layers.patch_discriminator import PatchDiscriminator
from tfcompat.layers.strided_discriminator import StridedDiscriminator
from tfcompat.layers.unet import UNet
from tfcompat.losses.bpr import BPRLoss
from tfcompat.losses.geco import GECoLoss
from tfcompat.models.backbones import make_backbone
from tfcompat.models.baselines.bpr_dae import BPRDAE
from tfcompat.models.baselines.mgcm import MGCM
from tfcompat.models.baselines.popularity import Popularity
from tfcompat.models.baselines.random_scores import RandomScores
from tfcompat.models.geco import GECo
from tfcompat.training.compatibility_batches import (
    QueryParts,
    offer_whole_batch,
)
from tfcompat.training.compatibility_config import (
    BPRDAEConfig,
    CompatibilityConfig,
    GECoConfig,
    MGCMConfig,
    Pix2PixCMConfig,
    PopularityConfig,
    RandomConfig,
)
from tfcompat.training.config_files import load_config
from tfcompat.training.execution import stage, train_model
from tfcompat.training.fit import fit
from tfcompat.training.gan_baseline_configs import CIGMConfig
from tfcompat.training.garment_encoder import (
    feature_backbone,
    item_features,
    load_garment_encoder,
)
from tfcompat.training.precision import choose_precision
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.subspace_net import save_model
from tfcompat.training.templates import make_templates

# Backbones that a run of a garment encoder brings.
_OF_ENCODER = ("frozen", "fine_tuned")


@functools.singledispatch
def build_compatibility_model(config, wardrobe, run, pairs, steps):
    """Puts the parts of a model together.

    Args:
        config: A `CompatibilityConfig` of one of the models.
        wardrobe: `Wardrobe`.
        run: `RunFolder`, which takes the stages that are trained here.
        pairs: `CompatiblePairs` to learn from.
        steps: Steps of an epoch.

    Returns:
        Compiled model; where nothing is trained, one that has learnt.
    """
    raise TypeError(f"`config` is of no compatibility model, got {config!r}.")


@build_compatibility_model.register
def _build_random(config: RandomConfig, wardrobe, run, pairs, steps):
    return RandomScores(config.seed, name="random_scores")


@build_compatibility_model.register
def _build_popularity(config: PopularityConfig, wardrobe, run, pairs, steps):
    model = Popularity(len(wardrobe.items), name="popularity")
    model.learn(pairs.query, pairs.target)
    return model


@build_compatibility_model.register
def _build_bpr_dae(config: BPRDAEConfig, wardrobe, run, pairs, steps):
    features = item_features(find_encoder(config, run), wardrobe)
    model = BPRDAE(
        features.shape[1],
        config.hidden_dim,
        config.reconstruction_weight,
        config.weight_decay,
        name="bpr_dae",
    )
    model.adapt(features)
    model.compile(
        keras.optimizers.SGD(config.learning_rate, config.momentum),
        loss=BPRLoss(),
    )
    return model


@build_compatibility_model.register
def _build_mgcm(config: MGCMConfig, wardrobe, run, pairs, steps):
    filters = _halving(config)
    return _compile_mgcm(
        config,
        ImageConverter(filters, activation="tanh", name="generator"),
        StridedDiscriminator(filters[:4], name="discriminator"),
    )


@build_compatibility_model.register
def _build_pix2pix_cm(config: Pix2PixCMConfig, wardrobe, run, pairs, steps):
    filters = _halving(config)
    return _compile_mgcm(
        config,
        UNet(filters, dropout_blocks=2, name="generator"),
        PatchDiscriminator(filters[:4], name="discriminator"),
    )


def _halving(config):
    """Filters of blocks that bring an image down to 2 x 2 pixels."""
    size = config.image_size
    if size < 16 or size & (size - 1):
        raise InputError(
            f"image_size must be a power of 2, at least 16, got {size}."
        )
    blocks = size.bit_length() - 2
    return [min(config.width * 2**i, 8 * config.width) for i in range(blocks)]


def _compile_mgcm(config, generator, discriminator):
    model = MGCM(
        generator,
        discriminator,
        ConvolutionStack(
            _halving(config), kernel_size=4, name="candidate_encoder"
        ),
        config.image_size,
        config.latent_dim,
        config.template_weight,
        config.seed,
        name="mgcm",
    )
    adam = functools.partial(
        keras.optimizers.Adam, config.learning_rate, config.beta_1
    )
    model.compile(
        adam(),
        adam(),
        adversarial_weight=config.adversarial_weight,
        l1_weight=config.l1_weight,
        weight_decay=config.weight_decay,
    )
    return model


@build_compatibility_model.register
def _build_geco(config: GECoConfig, wardrobe, run, pairs, steps):
    if config.pixels not in ("imagenet", "unit"):
        raise InputError(
            f"pixels must be imagenet or unit, got {config.pixels!r}."
        )
    customers = None
    if "customer" in config.query_parts:
        customers = CustomerTable(
            len(wardrobe.customers), config.customer_dim, learned=True
        )
    try:
        model = GECo(
            _backbone(config, wardrobe, run),
            config.query_parts,
            config.embedding_dim,
            _pixels(config),
            customers,
            config.regularization,
            config.dropout_rate,
            config.unit_length,
            name="geco",
        )
    except ValueError as error:
        raise InputError(str(error).replace("`", "")) from error
    rate = keras.optimizers.schedules.ExponentialDecay(
        config.learning_rate,
        config.decay_epochs * steps,
        config.decay_rate,
        staircase=True,
    )
    model.compile(
        keras.optimizers.Adam(rate, config.beta_1, config.beta_2),
        loss=GECoLoss(
            config.bpr_weight, config.info_nce_weight, config.temperature
        ),
    )
    return model


def _pixels(config):
    """What converts pixels for the backbone; the encoder's takes [0, 1]."""
    if config.pixels == "unit" or config.backbone in _OF_ENCODER:
        return None
    return ImageNetPixels()


def _backbone(config, wardrobe, run):
    if config.backbone not in _OF_ENCODER:
        return make_backbone(
            config.backbone, config.image_size, config.weights or None
        )
    encoder = find_encoder(config, run)
    size = encoder.read_config()["image_size"]
    if size != config.image_size:
        raise InputError(
            f"{encoder.path}: was trained with image_size={size}, but this "
            f"run asks for {config.image_size}."
        )
    if config.backbone == "frozen":
        return feature_backbone(item_features(encoder, wardrobe))
    return load_garment_encoder(encoder.path).backbone


def train_stages(config, wardrobe, run):
    """Trains the runs that one stands on, unless they are given.

    Before anything of the run itself draws random numbers.
    """
    needs = set()
    if isinstance(config, BPRDAEConfig):
        needs.add("encoder")
    if isinstance(config, GECoConfig):
        if config.backbone in _OF_ENCODER:
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


def find_content(config, wardrobe, run):
    """What `make_dataset` shall put in for items."""
    size = getattr(config, "image_size", None)
    frozen = getattr(config, "backbone", None) == "frozen"
    if size is not None and not frozen:
        return ImageStore(wardrobe.image_paths, size)
    if frozen or isinstance(config, BPRDAEConfig):
        return item_features(find_encoder(config, run), wardrobe)
    return np.zeros((len(wardrobe.items), 1), "float32")


def find_query_parts(config, wardrobe, run, customers=(), queries=()):
    """`QueryParts` of a run.

    Args:
        config: A `CompatibilityConfig`.
        wardrobe: `Wardrobe`.
        run: `RunFolder`.
        customers: int `[n]` customer rows that will be asked for; read for
            a generator that knows customers.
        queries: int `[n]` item rows, likewise.

    Returns:
        `QueryParts`.
    """
    parts = getattr(config, "query_parts", ())
    generators = {
        "template": getattr(config, "generator", "") or run.path / "generator",
        "design": getattr(config, "designer", ""),
    }
    templates = {}
    for name, generator in generators.items():
        if name not in parts:
            continue
        personal = RunFolder(generator).read_config()["config"] == (
            "DesignerConfig"
        )
        # One set of templates for all splits, where it can be.
        group = wardrobe.groups.index(config.query_group)
        rows = np.flatnonzero(wardrobe.item_groups == group)
        noise = name == "template" and config.template_noise
        templates[name] = make_templates(
            generator,
            wardrobe,
            customers if personal else np.full(len(rows), -1),
            queries if personal else rows,
            config.image_size,
            noise_seed=config.seed if noise else None,
            encoder=find_encoder(config, run)
            if config.backbone == "frozen"
            else None,
        )
    if "text" not in parts:
        return QueryParts(templates)
    if "text" not in wardrobe.items or not wardrobe.items["text"].any():
        raise InputError(
            f"{wardrobe.folder}: items.csv has no text, which query_parts "
            "asks for."
        )
    text = text_vectors(wardrobe.items["text"].tolist(), config.text_dim)
    return QueryParts(templates, text)


@train_model.register
def train_compatibility(config: CompatibilityConfig, wardrobe, run):
    """Trains GECo or a baseline; returns numbers of its last epoch."""
    pairs = compatible_pairs(
        wardrobe,
        config.query_group,
        config.candidate_group,
        config.splits,
        config.pairs,
    )
    train_stages(config, wardrobe, run)
    about = {"pairs": len(pairs), "pairs_source": pairs.source}
    if not hasattr(config, "epochs"):
        model = build_compatibility_model(config, wardrobe, run, pairs, 1)
        batches = _Batches(config, wardrobe, run, pairs)
        model(next(iter(batches.make(64)))[0])  # Builds it.
        save_model(model, wardrobe, run)
        return about
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy(choose_precision(config.precision))
    try:
        keras.utils.set_random_seed(config.seed)
        # Without the rest, which is too small a batch for some.
        steps = max(len(pairs) // config.batch_size, 1)
        model = build_compatibility_model(config, wardrobe, run, pairs, steps)
        keras.utils.set_random_seed(config.seed)  # A stage drew numbers too.
        _fit(model, config, _Batches(config, wardrobe, run, pairs), run, steps)
    finally:
        keras.mixed_precision.set_global_policy(before)
    save_model(model, wardrobe, run)
    numbers = dict(run.read_history()[-1])
    del numbers["epoch"]
    return {**about, **numbers}


class _Batches:
    """Batches of a run's pairs."""

    def __init__(self, config, wardrobe, run, pairs):
        self.content = find_content(config, wardrobe, run)
        self.parts = find_query_parts(
            config, wardrobe, run, pairs.customer, pairs.query
        )
        self.questions = pairs.as_questions()
        self.wardrobe = wardrobe

    def make(self, batch_size, **arguments):
        dataset = make_dataset(
            self.questions,
            self.content,
            self.wardrobe,
            batch_size=min(batch_size, len(self.questions)),
            **arguments,
        )
        dataset = dataset.map(
            self.parts.add, num_parallel_calls=tf.data.AUTOTUNE
        )
        return dataset.map(offer_whole_batch)


def _fit(model, config, batches, run, steps):
    every = max(-(-len(batches.questions) // config.batch_size), 1)

    def make_train(first_epoch):
        dataset = batches.make(
            config.batch_size,
            shuffle_seed=config.seed,
            first_epoch=first_epoch,
            epochs=config.epochs - first_epoch,
        )
        # The last batch of a pass is smaller: a few pairs, others in each
        # pass, are left out, so that negatives are as many always.
        dataset = dataset.enumerate().filter(lambda at, _: at % every < steps)
        return dataset.map(lambda _, batch: batch).prefetch(2)

    model(next(iter(batches.make(config.batch_size)))[0])  # Builds it.
    fit(
        model,
        make_train,
        run,
        epochs=config.epochs,
        steps=steps,
        name=model.name,
    )
