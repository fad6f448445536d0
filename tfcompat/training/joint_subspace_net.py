"""Training run of our own member of the subspace family."""

import dataclasses

import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.data.pipeline import make_dataset
from tfcompat.data.questions import questions_from_votes
from tfcompat.layers.group_projection import GroupProjection
from tfcompat.layers.variational_customers import VariationalCustomers
from tfcompat.losses.logistic import LogisticLoss
from tfcompat.models.joint_subspace_net import JointSubspaceNet
from tfcompat.training.execution import stage, train_model
from tfcompat.training.fit import fit
from tfcompat.training.garment_encoder import (
    GarmentEncoderConfig,
    feature_backbone,
    item_features,
)
from tfcompat.training.schedules import warmed_up_cosine
from tfcompat.training.scoring import VoteMetrics
from tfcompat.training.subspace_net import held_out_questions, save_model


@dataclasses.dataclass(frozen=True)
class JointSubspaceConfig:
    """Settings of `JointSubspaceNet`.

    Attributes:
        seed: Of weights, order and sampling.
        encoder: Run folder of a garment encoder; "" trains one here.
        num_subspaces: Number of notions of compatibility, k.
        subspace_dim: Size of each.
        taste_dim: Size of items as seen by taste.
        customer_dim: Size of the customers' embeddings.
        hidden_units: Width of the item network.
        kl_weight: Weight of the customers' divergence from their prior.
        vote_weight: Weight of an item vote beside a pair vote.
        attention: "signed" lets a subspace count against a pair, "softmax"
            makes shares of 1 as in PSA-Net.
        splits: Parts of the pair and item votes to learn from.
        batch_size: Pair votes a step.
        epochs: Passes over the votes.
        learning_rate: Peak of the cosine schedule.
        weight_decay: Of AdamW, on the item network's kernels alone.
    """

    seed: int = 0
    encoder: str = ""
    num_subspaces: int = 8
    subspace_dim: int = 4
    taste_dim: int = 16
    customer_dim: int = 24
    hidden_units: int = 64
    kl_weight: float = 0.6
    vote_weight: float = 1.0
    attention: str = "signed"
    splits: tuple = ("train",)
    batch_size: int = 1024
    epochs: int = 25
    learning_rate: float = 1e-2
    weight_decay: float = 0.5

    def __post_init__(self):
        if self.attention not in ("signed", "softmax"):
            raise InputError(
                f"attention must be signed or softmax, got {self.attention!r}."
            )


@train_model.register
def train_joint_subspace_net(config: JointSubspaceConfig, wardrobe, run):
    """Trains on pair and item votes; returns its validation metrics."""
    pairs = wardrobe.pair_votes
    singles = wardrobe.item_votes
    # The test is on pairs: of item votes the held-out parts may be used
    # whenever those of the pairs are not being held out.
    singles = singles[singles["split"].isin(config.splits)]
    for name, votes in (
        ("pair_votes", pairs[pairs["split"].isin(config.splits)]),
        ("item_votes", singles),
    ):
        if votes.empty:
            raise InputError(
                f"{wardrobe.folder}: {name}.csv has no votes in "
                f"{', '.join(config.splits)}; the joint model learns from "
                "both kinds of votes."
            )
    questions = questions_from_votes(pairs, config.splits)
    encoder = stage(
        run, "encoder", config.encoder, GarmentEncoderConfig(), wardrobe
    )
    features = item_features(encoder, wardrobe)
    keras.utils.set_random_seed(config.seed)
    groups = len(wardrobe.groups)
    width = config.num_subspaces * config.subspace_dim + config.taste_dim
    model = JointSubspaceNet(
        feature_backbone(features),
        GroupProjection(groups, config.hidden_units, normalize=False),
        GroupProjection(groups, width, normalize=False),
        VariationalCustomers(
            len(wardrobe.customers), config.customer_dim, config.kl_weight
        ),
        keras.layers.Dense(
            config.num_subspaces,
            activation=None if config.attention == "signed" else "softmax",
            kernel_initializer=keras.initializers.RandomNormal(
                stddev=config.customer_dim**-0.5
            ),
            bias_initializer=keras.initializers.Constant(0.5),
            name="attention",
        ),
        num_subspaces=config.num_subspaces,
        subspace_dim=config.subspace_dim,
        taste_dim=config.taste_dim,
        pair_share=1.0 / len(questions),
        vote_weight=config.vote_weight * len(singles) / len(questions),
        name="joint_subspace_net",
    )

    def make_train(first_epoch):
        return make_dataset(
            questions,
            features,
            wardrobe,
            batch_size=config.batch_size,
            shuffle_seed=config.seed,
            first_epoch=first_epoch,
            epochs=config.epochs - first_epoch,
            item_votes=singles,
            parts=tf.distribute.get_strategy().num_replicas_in_sync,
        )

    steps = -(-len(questions) // config.batch_size)
    model(next(iter(make_train(0)))[0], training=True)  # Builds it.
    optimizer = keras.optimizers.AdamW(
        warmed_up_cosine(config.learning_rate, config.epochs * steps),
        weight_decay=config.weight_decay,
    )
    # The customers have their prior instead; a decaying bias would pull
    # scores towards indifference.
    decayed = {
        id(layer.dense.kernel) for layer in (model.hidden, model.projection)
    } | {id(model.attention.kernel), id(model.taste.kernel)}
    optimizer.exclude_from_weight_decay(
        [
            variable
            for variable in model.trainable_variables
            if id(variable) not in decayed
        ]
    )
    model.compile(optimizer=optimizer, loss=LogisticLoss())
    fit(
        model,
        make_train,
        run,
        epochs=config.epochs,
        steps=steps,
        callbacks=[
            VoteMetrics(
                held_out_questions(config, wardrobe), features, wardrobe
            )
        ],
        name="joint subspace net",
        in_parts=True,
    )
    save_model(model, wardrobe, run)
    last = run.read_history()[-1]
    return {name: last[name] for name in last if name != "epoch"}
