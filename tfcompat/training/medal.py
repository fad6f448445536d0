"""Training run of MEDAL."""

import logging

import tf_keras as keras

from tfcompat.data.images import ImageStore
from tfcompat.data.outfit_pairs import outfit_pairs
from tfcompat.data.pipeline import make_dataset
from tfcompat.layers.colour_embedding import ColourEmbedding
from tfcompat.layers.distillation_head import DistillationHead
from tfcompat.layers.meta_spaces import MetaSpaces
from tfcompat.layers.multi_crop import MultiCrop
from tfcompat.layers.pair_inputs import blank_pair_inputs
from tfcompat.layers.vision_transformer import VisionTransformer
from tfcompat.losses.self_distillation import SelfDistillationLoss
from tfcompat.losses.triplet import TripletLoss
from tfcompat.models.medal import MEDAL, MEDALEncoder, MEDALLearning
from tfcompat.training.clip_features import clip_features, resolve_clip
from tfcompat.training.execution import train_model
from tfcompat.training.fit import fit
from tfcompat.training.medal_config import MedalConfig
from tfcompat.training.medal_data import (
    count_colours,
    with_item_tables,
    with_worn,
)
from tfcompat.training.medal_progress import OutfitMetrics, StopOnCollapse
from tfcompat.training.precision import computing_in
from tfcompat.training.schedules import warmed_up_cosine

_LOG = logging.getLogger(__name__)


@train_model.register
def train_medal(config: MedalConfig, wardrobe, run):
    """Trains MEDAL on the outfits and the images of a wardrobe.

    Args:
        config: `MedalConfig`.
        wardrobe: `Wardrobe` with outfits.
        run: `RunFolder` to fill.

    Returns:
        Dict of the last epoch's numbers, and where CLIP's weights are from.

    Raises:
        InputError: If the wardrobe has no outfits, a setting does not fit, or
            training collapses.
    """
    pairs = outfit_pairs(wardrobe, config.splits)
    asked = wardrobe
    if config.worn:
        wardrobe, pairs = with_worn(config.worn, wardrobe, pairs)
    aids, origin = {}, {"clip_origin": "none: no aids"}
    if config.aids:
        clip = resolve_clip(config.clip, wardrobe, run)
        origin = {
            "clip_origin": clip.origin,
            "clip_is_pretrained": clip.is_pretrained,
        }
        if not clip.is_pretrained:
            _LOG.warning("%s: %s", run.path, clip.origin)
        found = clip_features(clip, wardrobe)
        aids = {name: found[name] for name in config.aids}
    # Before training: a run that is killed says it too.
    run.write_json("clip.json", origin)
    images = ImageStore(wardrobe.image_paths, config.image_size)
    steps = -(-len(pairs) // config.batch_size)
    with computing_in(config.precision):
        keras.utils.set_random_seed(config.seed)
        model = build_medal(config, wardrobe, aids)
        compile_medal(model, config, config.epochs * steps)
        tables = {f"{name}_features": found for name, found in aids.items()}
        if model.encoder.colour is not None:
            tables["histograms"] = count_colours(model.encoder.colour, images)
        callbacks = [StopOnCollapse(run)]
        if "valid" not in config.splits:
            types = None
            if config.types != "none":
                types = getattr(wardrobe, f"item_{config.types}")
            callbacks.append(
                OutfitMetrics(
                    asked, images, types, asked.item_kinds(config.kind)
                )
            )

        def make_train(first_epoch):
            dataset = make_dataset(
                pairs,
                images,
                wardrobe,
                batch_size=config.batch_size,
                shuffle_seed=config.seed,
                first_epoch=first_epoch,
                epochs=config.epochs - first_epoch,
                triplets_seed=config.seed,
                kinds=wardrobe.item_kinds(config.kind),
            )
            return dataset.map(with_item_tables(tables))

        fit(
            model,
            make_train,
            run,
            epochs=config.epochs,
            steps=steps,
            callbacks=callbacks,
            name="MEDAL",
        )
    run.write_model(model)
    known = (
        {} if config.types == "none" else {"types": _names(config, wardrobe)}
    )
    run.write_json("model/types.json", {"key": config.types, **known})
    numbers = dict(run.read_history()[-1])
    del numbers["epoch"]
    return {**numbers, **origin}


def build_medal(config, wardrobe, aids):
    """Builds the model of a config for a wardrobe's types.

    Args:
        config: `MedalConfig`.
        wardrobe: `Wardrobe`.
        aids: Dict from an aid's name to its features `[items, f]`.

    Returns:
        Built, not compiled `MEDAL`.
    """
    colour = None
    if config.colour_dim:
        colour = ColourEmbedding(config.colour_dim, config.colour_bins)
    encoder = MEDALEncoder(
        VisionTransformer(
            config.image_size,
            config.patch_size,
            width=config.width,
            depth=config.depth,
            heads=config.heads,
            drop_path=config.drop_path,
        ),
        config.vision_dim,
        colour,
    )
    spaces = head = crops = None
    if config.types != "none":
        count = len(_names(config, wardrobe))
        spaces = MetaSpaces(count, encoder.dim)
    if config.distillation_weight:
        head = DistillationHead(
            config.head_units, config.head_hidden_units, config.bottleneck
        )
        crops = MultiCrop(
            config.image_size, config.local_size, config.local_crops
        )
    model = MEDAL(
        encoder,
        spaces,
        head,
        crops,
        type_key="categories" if config.types == "none" else config.types,
        aids={name: found.shape[1] for name, found in aids.items()},
    )
    model(blank_pair_inputs((config.image_size, config.image_size, 3)))
    return model


def compile_medal(model, config, steps):
    """Compiles a model for so many steps in all."""
    model.compile(
        MEDALLearning(
            steps,
            seed=config.seed,
            triplet=TripletLoss(config.margin),
            distillation=SelfDistillationLoss(config.teacher_temperature),
            distillation_weight=config.distillation_weight,
            aid_weight=config.aid_weight,
            alignment_weight=config.alignment_weight,
            momentum=config.momentum,
            frozen_steps=steps // config.epochs,
            crop_items=config.crop_items,
        ),
        optimizer=keras.optimizers.AdamW(
            warmed_up_cosine(config.learning_rate, steps),
            weight_decay=config.weight_decay,
            clipnorm=3.0,
        ),
    )


def _names(config, wardrobe):
    return getattr(wardrobe, config.types)
