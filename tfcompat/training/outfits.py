"""Training runs of outfit models: CSA-Net, ADDE-O and their baselines."""

import dataclasses

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.data.outfit_batches import (
    make_outfit_dataset,
    outfit_question_batches,
)
from tfcompat.data.outfits import fill_in_the_blank, read_outfits
from tfcompat.layers.attribute_concatenation import AttributeConcatenation
from tfcompat.layers.attribute_projection import AttributeProjection
from tfcompat.layers.attribute_sum import AttributeSum
from tfcompat.layers.category_pair_attention import CategoryPairAttention
from tfcompat.layers.category_pair_choice import CategoryPairChoice
from tfcompat.layers.free_attention import FreeAttention
from tfcompat.layers.group_projection import GroupProjection
from tfcompat.layers.hadamard_masks import HadamardMasks
from tfcompat.losses.outfit_ranking import OutfitRankingLoss
from tfcompat.losses.triplet import TripletLoss
from tfcompat.models.outfit_scorer import OutfitScorer
from tfcompat.models.subspace_net import SubspaceNet
from tfcompat.training.best_epoch import BestEpoch
from tfcompat.training.execution import train_model
from tfcompat.training.fit import fit
from tfcompat.training.outfit_encoder import outfit_stage
from tfcompat.training.setting_checks import check_least, check_positive
from tfcompat.training.similarity import build_on_photos
from tfcompat.training.subspace_net import save_model

_LOSSES = {"outfit_ranking": OutfitRankingLoss, "triplet": TripletLoss}


@dataclasses.dataclass(frozen=True)
class OutfitConfig:
    """Settings of an outfit model; CSA-Net by default.

    Attributes:
        seed: Of weights, order, hidden items and negatives.
        encoder: Run folder of an ADDE encoder, whose backbone's features all
            these models take as they are, or, unless the embedding is of
            attributes, of a garment encoder; "" trains one here.
        encoder_config: Name of the run config of that one. Where there are
            fewer than two attributes, garment-encoder takes an ADDE's place.
        embedding: "shared" learns one projection, "groups" one for each group
            of items; "attributes" takes ADDE's subspaces, starting from the
            encoder's.
        attention: "category_pair" (CSA-Net, ADDE-O), "category_pair_choice"
            (type-aware) or "free", which knows no categories (Siamese).
        subspaces: "hadamard", or of attributes "sum" or "concatenation".
        num_subspaces: Number of masks; of "category_pair_choice" and of
            attributes there are as many as there are pairs, or attributes.
        dim: Size of the shared projection; ADDE's subspaces keep theirs.
        loss: "outfit_ranking", or "triplet" of one item of the outfit.
        margin: Of the loss.
        negatives: Items beside the hidden one that are of its kind; one for
            a triplet.
        kind: "category", the fine-grained one that retrieval is measured in,
            or "group". Wrong answers on validation outfits are of it, too.
        splits: Parts of the outfits to learn from.
        least_items: Smaller outfits are left out.
        batch_size: Outfits a step.
        epochs: Passes over the outfits.
        learning_rate: Of Adam, at first; falls linearly to zero.
    """

    seed: int = 0
    encoder: str = ""
    encoder_config: str = "adde-small"
    embedding: str = "shared"
    attention: str = "category_pair"
    subspaces: str = "hadamard"
    num_subspaces: int = 5
    dim: int = 64
    loss: str = "outfit_ranking"
    margin: float = 0.3
    negatives: int = 10
    kind: str = "category"
    splits: tuple = ("train",)
    least_items: int = 2
    batch_size: int = 96
    epochs: int = 30
    learning_rate: float = 5e-5

    def __post_init__(self):
        for name, choices in (
            ("embedding", ("shared", "groups", "attributes")),
            (
                "attention",
                ("category_pair", "category_pair_choice", "free"),
            ),
            ("subspaces", ("hadamard", "sum", "concatenation")),
            ("loss", tuple(_LOSSES)),
            ("kind", ("category", "group")),
        ):
            if getattr(self, name) not in choices:
                raise InputError(
                    f"{name} must be one of {', '.join(choices)}, got "
                    f"{getattr(self, name)!r}."
                )
        of_attributes = self.subspaces != "hadamard"
        if of_attributes != (self.embedding == "attributes"):
            raise InputError(
                "subspaces=sum and concatenation are those of embedding="
                f"attributes, and hadamard of the others; got {self.subspaces} "
                f"and {self.embedding}."
            )
        check_least(
            self,
            num_subspaces=1,
            dim=1,
            negatives=1,
            least_items=2,
            batch_size=1,
            epochs=1,
        )
        check_positive(self, "margin", "learning_rate")


def build_outfit_scorer(config, encoder, num_groups):
    """Puts the parts together that a config names.

    Args:
        config: `OutfitConfig`.
        encoder: `ADDE`; or `GarmentEncoder`, but for embedding "attributes".
        num_groups: Number of groups of items, whose pairs are told apart.

    Returns:
        Built `OutfitScorer`.
    """
    is_adde = config.embedding == "attributes"
    if is_adde:
        count = len(encoder.values)
        projection = AttributeProjection(count, encoder.dim)
        kinds = {"sum": AttributeSum, "concatenation": AttributeConcatenation}
        subspaces, k = kinds[config.subspaces](count), count
    else:
        groups = num_groups if config.embedding == "groups" else 1
        projection = GroupProjection(groups, config.dim)
        k = config.num_subspaces
    attention = {
        "category_pair": lambda: CategoryPairAttention(k, num_groups),
        "category_pair_choice": lambda: CategoryPairChoice(num_groups),
        "free": lambda: FreeAttention(k),
    }[config.attention]()
    if not is_adde:
        choice = config.attention == "category_pair_choice"
        k = attention.num_subspaces if choice else k
        # Masks of pairs start alike: whether a pair is one of tops and shoes
        # says nothing of which dimensions count.
        subspaces = HadamardMasks(k, rest=1.0 if choice else 0.1)
    pair = SubspaceNet(
        encoder.backbone, projection, subspaces, attention, name="pair"
    )
    model = OutfitScorer(pair, name="outfit_scorer")
    build_on_photos(model, encoder)
    if is_adde:
        projection.learners.set_weights(encoder.learners.get_weights())
    return model


@train_model.register
def train_outfits(config: OutfitConfig, wardrobe, run):
    """Trains an outfit model; returns its validation metrics."""
    encoder, features = outfit_stage(config, wardrobe, run)
    outfits = np.concatenate(
        _same_width(
            [
                read_outfits(wardrobe, split, config.least_items)
                for split in config.splits
            ]
        )
    )
    is_triplet = config.loss == "triplet"
    kinds = wardrobe.item_kinds(config.kind)
    keras.utils.set_random_seed(config.seed)
    model = build_outfit_scorer(config, encoder, len(wardrobe.groups))
    steps = -(-len(outfits) // config.batch_size)
    model.compile(
        keras.optimizers.Adam(
            keras.optimizers.schedules.PolynomialDecay(
                config.learning_rate, config.epochs * steps, 0.0
            )
        ),
        loss=_LOSSES[config.loss](config.margin),
    )

    def make_train(first_epoch):
        return make_outfit_dataset(
            outfits,
            features,
            wardrobe,
            batch_size=config.batch_size,
            negatives=1 if is_triplet else config.negatives,
            seed=config.seed,
            first_epoch=first_epoch,
            epochs=config.epochs - first_epoch,
            one_query=is_triplet,
            kinds=kinds,
        )

    callbacks, best = [], None
    if "valid" not in config.splits:
        held_out = fill_in_the_blank(
            read_outfits(wardrobe, "valid", config.least_items),
            kinds,
        )
        best = BestEpoch(
            lambda model: {
                "valid_fitb_accuracy": _fitb(
                    model, held_out, features, wardrobe
                )
            },
            "valid_fitb_accuracy",
            run,
        )
        callbacks.append(best)
    fit(
        model,
        make_train,
        run,
        epochs=config.epochs,
        steps=steps,
        callbacks=callbacks,
        name="outfits",
    )
    epoch = best.restore(model) if best else config.epochs
    save_model(model, wardrobe, run)
    chosen = run.read_history()[epoch - 1]
    return {**chosen, "best_epoch": epoch}


def score_outfits(model, questions, features, wardrobe, batch_size=64):
    """Scores the candidates of questions about outfits.

    Args:
        model: `OutfitScorer`.
        questions: `OutfitQuestions`.
        features: float32 `[items, f]`.
        wardrobe: `Wardrobe`.
        batch_size: Questions at a time.

    Returns:
        float32 `[n, c]`; -inf where there is no candidate.
    """
    predict = tf.function(model, reduce_retracing=True)
    scores = np.concatenate(
        [
            predict(inputs).numpy()
            for inputs in outfit_question_batches(
                questions, features, wardrobe, batch_size
            )
        ]
    )
    return np.where(questions.candidates >= 0, scores, -np.inf)


def _fitb(model, questions, features, wardrobe):
    scores = score_outfits(model, questions, features, wardrobe, 512)
    right = questions.labels > 0
    best_wrong = np.where(right, -np.inf, scores).max(axis=1)
    best_right = np.where(right, scores, -np.inf).max(axis=1)
    return float((best_right > best_wrong).mean())


def _same_width(parts):
    width = max(part.shape[1] for part in parts)
    return [
        np.pad(
            part,
            [(0, 0), (0, width - part.shape[1])],
            constant_values=-1,
        )
        for part in parts
    ]
