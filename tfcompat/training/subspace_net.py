"""Training runs of stage 2: PSA-Net, its baselines and its ablations."""

import contextlib
import dataclasses

import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.data.pipeline import make_dataset
from tfcompat.data.questions import questions_from_votes
from tfcompat.data.stylists import questions_from_stylists
from tfcompat.layers.category_pair_attention import CategoryPairAttention
from tfcompat.layers.customer_attention import CustomerAttention
from tfcompat.layers.customer_table import CustomerTable
from tfcompat.layers.dense_subspaces import DenseSubspaces
from tfcompat.layers.free_attention import FreeAttention
from tfcompat.layers.group_projection import GroupProjection
from tfcompat.layers.hadamard_masks import HadamardMasks
from tfcompat.layers.item_liking import ItemLiking
from tfcompat.losses.calibrated_logistic import CalibratedLogisticLoss
from tfcompat.losses.contrastive import ContrastiveLoss
from tfcompat.losses.triplet import TripletLoss
from tfcompat.models.backbones import make_backbone
from tfcompat.models.subspace_net import SubspaceNet
from tfcompat.training.execution import stage, train_model
from tfcompat.training.fit import fit
from tfcompat.training.garment_encoder import (
    GarmentEncoderConfig,
    feature_backbone,
    item_features,
    load_garment_encoder,
)
from tfcompat.training.known_customers import KnownCustomers
from tfcompat.training.partial_dual import PartialDualConfig
from tfcompat.training.precision import computing_in
from tfcompat.training.schedules import warmed_up_cosine
from tfcompat.training.scoring import VoteMetrics
from tfcompat.training.stynet import StyNetConfig
from tfcompat.training.subspace_config import SubspaceConfig
from tfcompat.training.vocabulary import Vocabulary

_LOSSES = {
    "contrastive": ContrastiveLoss,
    "triplet": TripletLoss,
    "logistic": CalibratedLogisticLoss,
}
_STAGE_ONE = {"partial_dual": PartialDualConfig, "stynet": StyNetConfig}


def _training_questions(config, wardrobe):
    if config.votes == "stylists":
        return questions_from_stylists(
            wardrobe.outfits, wardrobe.item_groups, seed=config.seed
        )
    votes = wardrobe.pair_votes
    if not votes["split"].isin(config.splits).any():
        raise InputError(
            f"{wardrobe.folder}: pair_votes.csv has no votes in "
            f"{', '.join(config.splits)}; stage 2 learns from them."
        )
    return questions_from_votes(votes, config.splits)


def _item_content(config, wardrobe, run):
    """What a batch holds of its items, and the layer that reads it."""
    if config.backbone in ("frozen", "fine_tuned"):
        encoder = stage(
            run, "encoder", config.encoder, GarmentEncoderConfig(), wardrobe
        )
    if config.backbone == "frozen":
        features = item_features(encoder, wardrobe)
        return features, feature_backbone(features)
    if config.backbone == "fine_tuned":
        size = encoder.read_config()["image_size"]
        backbone = load_garment_encoder(encoder.path).backbone
    else:
        size = GarmentEncoderConfig().image_size
        backbone = make_backbone(config.backbone, size)
    return ImageStore(wardrobe.image_paths, size), backbone


def _customer_parts(config, wardrobe, run):
    """The table of customers and the item terms, or None for either."""
    if config.attention != "customer" and not config.item_terms:
        return None, None
    count = len(wardrobe.customers)
    if config.customers == "learned":
        table = CustomerTable(
            count, config.customer_dim, learned=True, l2=config.customer_l2
        )
        return table, None
    stage_one = stage(
        run,
        config.customers,
        config.stage_one,
        _STAGE_ONE[config.customers](),
        wardrobe,
    )
    known = KnownCustomers.load(stage_one).align(wardrobe)
    table = CustomerTable(count, known.embeddings.shape[1])
    table.load_embeddings(known.embeddings)
    if not config.item_terms:
        return table, None
    terms = ItemLiking(
        count, len(wardrobe.items), known.customer_tastes.shape[1]
    )
    terms.load_tastes(
        known.customer_tastes, known.item_tastes, known.popularity
    )
    return table, terms


def build_subspace_net(config, wardrobe, run):
    """Puts the parts together that a config names.

    Args:
        config: `SubspaceConfig`.
        wardrobe: `Wardrobe`.
        run: `RunFolder`, which takes the stages that are trained here.

    Returns:
        Tuple of the `SubspaceNet` and the item content for `make_dataset`.
    """
    content, backbone = _item_content(config, wardrobe, run)
    customers, item_terms = _customer_parts(config, wardrobe, run)
    k = config.num_subspaces
    attention = {
        "customer": lambda: CustomerAttention(k, config.hidden_units),
        "free": lambda: FreeAttention(k),
        "category_pair": lambda: CategoryPairAttention(
            k, len(wardrobe.categories)
        ),
    }[config.attention]()
    subspaces = {
        "hadamard": lambda: HadamardMasks(k),
        "dense": lambda: DenseSubspaces(k, config.dim),
    }[config.subspaces]()
    groups = 1 if config.shared_projection else len(wardrobe.groups)
    model = SubspaceNet(
        backbone,
        GroupProjection(groups, config.dim),
        subspaces,
        attention,
        customers,
        item_terms,
        name="subspace_net",
    )
    return model, content


@train_model.register
def train_subspace_net(config: SubspaceConfig, wardrobe, run):
    """Trains one member of the family; returns its validation metrics."""
    keras.utils.set_random_seed(config.seed)
    questions = _training_questions(config, wardrobe)
    chosen = (
        contextlib.nullcontext()
        if config.backbone == "frozen"
        else computing_in(config.precision)
    )
    with chosen:
        model, content = build_subspace_net(config, wardrobe, run)
    keras.utils.set_random_seed(config.seed)  # The stages drew numbers too.

    def make_train(first_epoch):
        return make_dataset(
            questions,
            content,
            wardrobe,
            batch_size=config.batch_size,
            shuffle_seed=config.seed,
            first_epoch=first_epoch,
            epochs=config.epochs - first_epoch,
            triplets_seed=config.seed if config.loss == "triplet" else None,
            parts=tf.distribute.get_strategy().num_replicas_in_sync,
        )

    steps = -(-len(questions) // config.batch_size)
    model(next(iter(make_train(0)))[0])  # Builds it.
    model.compile(
        optimizer=keras.optimizers.AdamW(
            warmed_up_cosine(config.learning_rate, config.epochs * steps),
            weight_decay=config.weight_decay,
        ),
        loss=_LOSSES[config.loss](margin=config.margin),
    )
    fit(
        model,
        make_train,
        run,
        epochs=config.epochs,
        steps=steps,
        callbacks=[
            VoteMetrics(held_out_questions(config, wardrobe), content, wardrobe)
        ],
        name="subspace net",
        in_parts=True,
    )
    save_model(model, wardrobe, run)
    last = run.read_history()[-1]
    return {name: last[name] for name in last if name != "epoch"}


def held_out_questions(config, wardrobe):
    """The validation votes, or None when there are none to spare."""
    votes = wardrobe.pair_votes
    if "valid" in config.splits or not (votes["split"] == "valid").any():
        return None
    return questions_from_votes(votes, "valid")


def save_model(model, wardrobe, run):
    """Writes the model and the ids that its tables' rows stand for."""
    run.write_model(model)
    run.write_json(
        "model/vocabulary.json", dataclasses.asdict(Vocabulary.of(wardrobe))
    )
