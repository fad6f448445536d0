"""Puts GECo and its baselines together, ready to be trained."""

import functools

import tf_keras as keras

from tfcompat.data.errors import InputError
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
from tfcompat.training.compatibility_config import (
    BPRDAEConfig,
    GECoConfig,
    MGCMConfig,
    Pix2PixCMConfig,
    PopularityConfig,
    RandomConfig,
)
from tfcompat.training.compatibility_stages import (
    OF_ENCODER,
    find_encoder,
    find_frozen,
)
from tfcompat.training.garment_encoder import (
    item_features,
    load_garment_encoder,
)


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
    if config.pixels == "unit" or config.backbone in OF_ENCODER:
        return None
    return ImageNetPixels()


def _backbone(config, wardrobe, run):
    if config.backbone not in OF_ENCODER:
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
        return find_frozen(config, run).make_backbone(wardrobe)
    return load_garment_encoder(encoder.path).backbone
