"""Training runs of conditional similarity: ADDE-C and CSN."""

import dataclasses

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.conditional_triplets import draw_conditional_triplets
from tfcompat.data.errors import InputError
from tfcompat.data.id_splits import item_splits
from tfcompat.data.pipeline import make_dataset
from tfcompat.data.questions import Questions
from tfcompat.layers.attribute_projection import AttributeProjection
from tfcompat.layers.condition_attention import ConditionAttention
from tfcompat.layers.group_projection import GroupProjection
from tfcompat.layers.hadamard_masks import HadamardMasks
from tfcompat.losses.triplet import TripletLoss
from tfcompat.models.subspace_net import SubspaceNet
from tfcompat.training.adde import adde_features, adde_labels, load_adde
from tfcompat.training.best_epoch import BestEpoch
from tfcompat.training.execution import stage, train_model
from tfcompat.training.fit import fit
from tfcompat.training.setting_checks import check_least, check_positive
from tfcompat.training.subspace_net import save_model

_MASK_L1 = 5e-4  # CSN's penalty on learned masks.


@dataclasses.dataclass(frozen=True)
class SimilarityConfig:
    """Settings of a conditional similarity model.

    Attributes:
        seed: Of weights, triplets and order.
        encoder: Run folder of an ADDE encoder, whose backbone's features all
            these models take as they are; "" trains one here.
        encoder_config: Name of the run config of that one.
        embedding: "attributes" compares ADDE's subspaces, starting from the
            encoder's (ADDE-C); "shared" learns one projection (CSN).
        masks: "fixed" gives each attribute dimensions of its own, "learned"
            starts from those and lets the masks learn to share.
        dim: Size of the shared projection; ADDE's subspaces keep theirs.
        margin: Of the triplet loss.
        batch_size: Triplets a step.
        epochs: Passes over the triplets.
        learning_rate: Of Adam.
    """

    seed: int = 0
    encoder: str = ""
    encoder_config: str = "adde-small"
    embedding: str = "attributes"
    masks: str = "fixed"
    dim: int = 64
    margin: float = 0.2
    batch_size: int = 256
    epochs: int = 10
    learning_rate: float = 5e-5

    def __post_init__(self):
        for name, choices in (
            ("embedding", ("attributes", "shared")),
            ("masks", ("fixed", "learned")),
        ):
            if getattr(self, name) not in choices:
                raise InputError(
                    f"{name} must be one of {', '.join(choices)}, got "
                    f"{getattr(self, name)!r}."
                )
        check_least(self, dim=1, batch_size=1, epochs=1)
        check_positive(self, "margin", "learning_rate")


@train_model.register
def train_similarity(config: SimilarityConfig, wardrobe, run):
    """Trains a similarity model; returns the best epoch's validation."""
    encoder_run, encoder, features = attribute_stage(config, wardrobe, run)
    labels = adde_labels(encoder, wardrobe)
    splits = item_splits(wardrobe)
    questions = {
        split: triplet_questions(labels, splits == split, config.seed)
        for split in ("train", "valid")
    }
    keras.utils.set_random_seed(config.seed)
    count = len(labels.names)
    is_adde = config.embedding == "attributes"
    if is_adde:
        projection = AttributeProjection(count, encoder.dim)
    else:
        projection = GroupProjection(1, config.dim)
    learned = config.masks == "learned"
    masks = HadamardMasks(
        count,
        rest=0.1 if learned else 0.0,
        learned=learned,
        l1=_MASK_L1 if learned else 0.0,
    )
    model = SubspaceNet(
        encoder.backbone,
        projection,
        masks,
        ConditionAttention(count),
        name="similarity",
    )
    build_on_photos(model, encoder)
    if is_adde:
        projection.learners.set_weights(encoder.learners.get_weights())
    model.compile(
        keras.optimizers.Adam(config.learning_rate),
        loss=TripletLoss(config.margin),
    )

    def make_train(first_epoch):
        return make_dataset(
            questions["train"],
            features,
            wardrobe,
            batch_size=config.batch_size,
            shuffle_seed=config.seed,
            first_epoch=first_epoch,
            epochs=config.epochs - first_epoch,
        ).map(by_features)

    best = BestEpoch(
        lambda model: {
            "valid_triplet_accuracy": triplet_accuracy(
                model, questions["valid"], features, wardrobe
            )["triplet_accuracy"]
        },
        "valid_triplet_accuracy",
        run,
    )
    fit(
        model,
        make_train,
        run,
        epochs=config.epochs,
        steps=-(-len(questions["train"]) // config.batch_size),
        callbacks=[best],
        name="similarity",
    )
    epoch = best.restore(model)
    save_model(model, wardrobe, run)
    chosen = run.read_history()[epoch - 1]
    return {
        "best_epoch": epoch,
        "valid_triplet_accuracy": chosen["valid_triplet_accuracy"],
    }


def attribute_stage(config, wardrobe, run):
    """The ADDE encoder that a run builds on.

    Args:
        config: With `encoder`, `encoder_config` and `seed`.
        wardrobe: `Wardrobe`.
        run: `RunFolder` of the run.

    Returns:
        Tuple of its finished `RunFolder`, the `ADDE`, whose backbone is no
        longer trained, and float32 `[items, f]` features.
    """
    # Here, for configs import their trainers.
    from tfcompat.training.config_files import load_config

    encoder_run = stage(
        run,
        "encoder",
        config.encoder,
        dataclasses.replace(
            load_config(config.encoder_config), seed=config.seed
        ),
        wardrobe,
    )
    encoder = load_adde(encoder_run)
    encoder.backbone.trainable = False
    return encoder_run, encoder, adde_features(encoder_run, wardrobe)


def build_on_photos(model, encoder):
    """Builds a pair model for images, though it trains on their features."""
    size = encoder.backbone.image_size
    model.build_from_config({"item_shape": [size, size, 3]})


def by_features(inputs, labels):
    """Says that a batch's items are features, not images."""
    inputs = dict(inputs)
    inputs["features"] = inputs.pop("items")
    return inputs, labels


def triplet_questions(labels, chosen, seed):
    """Triplets of some items as questions with two candidates.

    Args:
        labels: `AttributeLabels`.
        chosen: bool `[items]`.
        seed: Decides the draws.

    Returns:
        `Questions` `[n, 2]` with a condition.

    Raises:
        InputError: If there is no triplet.
    """
    try:
        triplets = draw_conditional_triplets(
            labels, np.flatnonzero(chosen), seed=seed
        )
    except ValueError as error:
        raise InputError(f"items.csv: {error}") from error
    return Questions(
        np.full(len(triplets), -1),
        triplets.anchor,
        np.stack([triplets.positive, triplets.negative], axis=1),
        np.tile([1.0, 0.0], (len(triplets), 1)),
        condition=triplets.attribute,
    )


def score_by_features(model, questions, features, wardrobe, batch_size=2048):
    """Scores `Questions` with a model whose backbone has been used before."""
    dataset = make_dataset(
        questions, features, wardrobe, batch_size=batch_size
    ).map(by_features)
    predict = tf.function(model, reduce_retracing=True)
    return np.concatenate([predict(inputs) for inputs, _ in dataset])


def triplet_accuracy(model, questions, features, wardrobe):
    """Share of triplets in the right order; a tie is wrong.

    Returns:
        Dict of "triplet_accuracy" and "by_condition", a list.
    """
    scores = score_by_features(model, questions, features, wardrobe)
    right = scores[:, 0] > scores[:, 1]
    conditions = questions.condition
    return {
        "triplet_accuracy": float(right.mean()),
        "by_condition": [
            float(right[conditions == condition].mean())
            if (conditions == condition).any()
            else None
            for condition in range(conditions.max() + 1)
        ],
    }
