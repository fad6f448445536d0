"""Making servables of ADDE-M and of outfit models."""

import numpy as np

from tfcompat.data.errors import InputError
from tfcompat.data.outfits import read_outfits
from tfcompat.evaluation.attribute_evaluation import encoder_run, load_model
from tfcompat.export.attribute_ranking import AttributeRanking
from tfcompat.export.attribute_servable import AttributeServable
from tfcompat.export.catalogue import group_of_categories, read_catalogue
from tfcompat.export.index_advice import advise_index
from tfcompat.export.model_card import describe_run
from tfcompat.export.model_name import check_name
from tfcompat.export.outfit_ranking import OutfitRanking
from tfcompat.export.photo_features import PhotoFeatures
from tfcompat.export.photos import Photos
from tfcompat.export.sample_photos import sample_photos
from tfcompat.layers.attribute_projection import AttributeProjection
from tfcompat.layers.category_pair_attention import CategoryPairAttention
from tfcompat.layers.free_attention import FreeAttention
from tfcompat.training.adde import load_adde
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.vocabulary import Vocabulary

CONFIGS = ("ADDEMConfig", "OutfitConfig")
_MOST_PHOTOS = 8  # Of an outfit, where the wardrobe has none larger.
_LIMITS = [
    "Scores are negative distances: they rank items for one question and are "
    "not to be compared between questions or versions.",
    "It sees what garments look like: not sizes, materials, prices or stock.",
    "An attribute can only become what was seen in training, and only as far "
    "as the catalogue has such an item.",
    "It is made for photos like the catalogue's, one garment on a plain "
    "ground. What another photo shows is guessed.",
]


def make_attribute_servable(run, wardrobe, options, *, name=None, outfits=None):
    """Makes a servable of a run of ADDE-M, of an outfit model, or of both.

    Args:
        run: Finished `RunFolder` of ADDE-M or of an outfit model.
        wardrobe: `Wardrobe` whose items are ranked.
        options: `ServingOptions`.
        name: Name of the model folder; None takes "adde", or the outfit
            model's own.
        outfits: Path of a run of an outfit model, which answers `complete`
            beside an ADDE-M; both must take the same backbone's features.

    Returns:
        `AttributeServable`.

    Raises:
        InputError: If a run is not finished or of another kind, the two take
            different features, or a photo cannot be read.
    """
    is_adde = run.read_config()["config"] == "ADDEMConfig"
    outfit_run = run
    if is_adde:
        outfit_run = outfits and _outfit_run(outfits)
    elif outfits:
        raise InputError(
            f"{run.path}: is a run of outfits itself; --outfits goes with "
            "ADDE-M."
        )
    model = load_model(run)
    if is_adde:
        encoder, scorer = model.encoder, None
        if outfit_run:
            scorer = load_model(outfit_run)
            _require_same(encoder.backbone, scorer.pair.backbone, outfit_run)
    else:
        encoder, scorer = load_adde(encoder_run(run)), model
    vocabulary = Vocabulary(**run.read_json("model/vocabulary.json"))
    if outfit_run and outfit_run is not run:
        theirs = Vocabulary(**outfit_run.read_json("model/vocabulary.json"))
        if theirs.groups != vocabulary.groups:
            raise InputError(
                f"{outfit_run.path}: knows the groups "
                f"{', '.join(theirs.groups)}, but {run.path} "
                f"{', '.join(vocabulary.groups)}."
            )
    features = PhotoFeatures(model if is_adde else model.pair, encoder)
    catalogue = read_catalogue(wardrobe, vocabulary, features)
    photos = Photos(
        features,
        catalogue,
        vocabulary,
        group_of_categories(wardrobe),
        options.max_pixels,
        options.webp,
        must_tell=scorer is not None
        and (
            not isinstance(scorer.pair.attention, FreeAttention)
            or scorer.pair.projection.num_groups > 1
        ),
    )
    name = check_name(name or ("adde" if is_adde else _outfit_name(scorer)))
    ranking = outfit_ranking = None
    if is_adde:
        ranking = AttributeRanking(model, catalogue, options.index_kind)
        count, dim = len(catalogue.item_ids), ranking.index.dim
        advise_index(name, options.index, count, dim)
    if scorer is not None:
        outfit_ranking = OutfitRanking(
            scorer, catalogue, len(vocabulary.groups), options.index_kind
        )
        largest = int(np.bincount(catalogue.groups).max(initial=0))
        advise_index(name, options.index, largest, outfit_ranking.index.dim)
    card = {
        **_words(is_adde, scorer),
        "limits": _LIMITS,
        **describe_run(run, wardrobe),
    }
    return AttributeServable(
        name,
        photos,
        catalogue.item_ids,
        ranking=ranking,
        values=encoder.values if is_adde else {},
        outfit_ranking=outfit_ranking,
        groups=vocabulary.groups,
        outfit_size=_largest_outfit(wardrobe),
        samples=sample_photos(wardrobe, options.webp, photos.reads_new),
        card=card,
        max_rows=options.max_rows,
    )


def _outfit_run(path):
    run = RunFolder(path)
    run.require_finished()
    kind = run.read_config()["config"]
    if kind != "OutfitConfig":
        raise InputError(
            f"{path}: is a run of {kind}, but --outfits needs an outfit model."
        )
    return run


def _require_same(one, other, run):
    """Refuses backbones that see different things in a photo."""
    same = len(one.weights) == len(other.weights) and all(
        np.array_equal(mine.numpy(), theirs.numpy())
        for mine, theirs in zip(one.weights, other.weights, strict=True)
    )
    if not same:
        raise InputError(
            f"{run.path}: takes another backbone's features than ADDE-M; "
            "train both on one encoder, ADDE-M with backbone=frozen."
        )


def _largest_outfit(wardrobe):
    try:
        return max(read_outfits(wardrobe).shape[1], _MOST_PHOTOS)
    except InputError:  # A catalogue need not have outfits.
        return _MOST_PHOTOS


def _outfit_name(scorer):
    if isinstance(scorer.pair.projection, AttributeProjection):
        return "adde_o"
    if isinstance(scorer.pair.attention, CategoryPairAttention):
        return "outfit_csa_net"
    if isinstance(scorer.pair.attention, FreeAttention):
        return "outfit_siamese"
    return "outfit_type_aware"


def _words(is_adde, scorer):
    completes = (
        " `complete` finds the items of a group that complete an outfit of one "
        "or several photos."
        if scorer is not None
        else ""
    )
    if not is_adde:
        return {
            "title": "Items that complete an outfit",
            "description": "Scores an item by its mean distance to the "
            "outfit's items, seen under their pair of groups." + completes,
        }
    return {
        "title": "ADDE: attributes changed and compared",
        "description": "`manipulate` finds items like a photo with some "
        "attributes changed, one or several at once; `similar` items like it "
        "in one attribute." + completes,
    }
