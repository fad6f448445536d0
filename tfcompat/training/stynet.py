"""Training runs of stage 1 by towers: StyNet and two-tower retrieval."""

import dataclasses

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.data.item_votes import count_steps, make_item_vote_dataset
from tfcompat.data.stage_one_tables import stage_one_columns, stage_one_tables
from tfcompat.layers.customer_item_towers import CustomerItemTowers
from tfcompat.layers.row_embeddings import embed_rows
from tfcompat.metrics.vote_report import evaluate_votes
from tfcompat.models.stynet import StyNet
from tfcompat.models.two_tower import TwoTower
from tfcompat.training.execution import stage, train_model
from tfcompat.training.fit import fit
from tfcompat.training.garment_encoder import (
    GarmentEncoderConfig,
    item_features,
)
from tfcompat.training.known_customers import KnownCustomers
from tfcompat.training.stage_one_scores import score_item_votes


@dataclasses.dataclass(frozen=True)
class StyNetConfig:
    """Settings of StyNet.

    Attributes:
        seed: Of weights, order and masking.
        encoder: Run folder of a garment encoder; "" trains one here.
        embedding_dim: Size of customers' and items' embeddings.
        hidden_units: Width of the hidden layers.
        id_mask_rate: Share of ids hidden in training, for cold starts.
        batch_size: Votes a step.
        epochs: Passes over the training votes.
        learning_rate: Of Adam.
    """

    seed: int = 0
    encoder: str = ""
    embedding_dim: int = 32
    hidden_units: int = 64
    id_mask_rate: float = 0.3
    batch_size: int = 1024
    epochs: int = 8
    learning_rate: float = 3e-3


@dataclasses.dataclass(frozen=True)
class TwoTowerConfig(StyNetConfig):
    """Settings of two-tower retrieval.

    Attributes:
        temperature: Divides the scores before the softmax.
    """

    temperature: float = 0.1


def _train_towers(config, wardrobe, run, make_model):
    votes = wardrobe.item_votes
    if not (votes["split"] == "train").any():
        raise InputError(
            f"{wardrobe.folder}: item_votes.csv has no training votes; "
            "stage 1 learns from them."
        )
    encoder = stage(
        run, "encoder", config.encoder, GarmentEncoderConfig(), wardrobe
    )
    keras.utils.set_random_seed(config.seed)
    columns = stage_one_columns(wardrobe)
    towers = CustomerItemTowers.from_tables(
        stage_one_tables(wardrobe, columns, item_features(encoder, wardrobe)),
        embedding_dim=config.embedding_dim,
        hidden_units=config.hidden_units,
        id_mask_rate=config.id_mask_rate,
    )
    model = make_model(towers)
    rows = tf.zeros(1, tf.int32)
    model({"customer": rows, "item": rows})  # Builds it.
    model.compile(optimizer=keras.optimizers.Adam(config.learning_rate))
    fit(
        model,
        lambda first: make_item_vote_dataset(
            wardrobe,
            "train",
            batch_size=config.batch_size,
            shuffle_seed=config.seed,
            first_epoch=first,
        ),
        run,
        epochs=config.epochs,
        steps=count_steps(wardrobe, "train", config.batch_size),
        name=model.name,
    )
    run.write_model(model)
    return model


def _keep_customers(wardrobe, run, customers, items):
    """Saves what stage 2 reads, with the item votes' own popularity."""
    votes = wardrobe.item_votes
    votes = votes[votes["split"] == "train"]
    counts = np.bincount(votes["item"], minlength=len(wardrobe.items))
    sums = np.bincount(
        votes["item"], votes["vote"], minlength=len(wardrobe.items)
    )
    damping = 10.0  # Votes; an item of few votes counts as an average one.
    KnownCustomers(
        customer_ids=wardrobe.customers["customer_id"].to_numpy(str),
        embeddings=customers,
        item_ids=wardrobe.items["item_id"].to_numpy(str),
        customer_tastes=customers,
        item_tastes=items,
        popularity=(
            (sums - votes["vote"].mean() * counts) / (counts + damping)
        ).astype("float32"),
    ).save(run)


def _test_metrics(wardrobe, run, model):
    test = wardrobe.item_votes
    test = test[test["split"] == "test"]
    if test.empty:
        return {}
    # Keras cannot load metrics within the scope of a strategy.
    scores = score_item_votes(run, wardrobe, test, model=model)
    liked = test["vote"].to_numpy() > 0
    return {
        "test_rmse": float(np.sqrt(np.mean((scores - liked) ** 2))),
        "test": evaluate_votes(liked, scores, test["customer"].to_numpy()),
    }


@train_model.register
def train_stynet(config: StyNetConfig, wardrobe, run):
    """Trains StyNet on the item votes; returns metrics on its test part."""
    model = _train_towers(
        config,
        wardrobe,
        run,
        lambda towers: StyNet(towers, hidden_units=config.hidden_units),
    )
    customers = model.customer_embeddings()
    # A hidden layer stands between the two embeddings and the rating, so that
    # no dot product says how a customer likes an item.
    items = np.zeros((len(wardrobe.items), customers.shape[1]), "float32")
    _keep_customers(wardrobe, run, customers, items)
    return _test_metrics(wardrobe, run, model)


@train_model.register
def train_two_tower(config: TwoTowerConfig, wardrobe, run):
    """Trains two-tower retrieval; returns metrics on the test votes."""
    model = _train_towers(
        config,
        wardrobe,
        run,
        lambda towers: TwoTower(towers, temperature=config.temperature),
    )
    customers = embed_rows(
        model.embed_customer, "customer", len(wardrobe.customers)
    )
    items = embed_rows(model.embed_item, "item", len(wardrobe.items))
    _keep_customers(wardrobe, run, customers, items)
    metrics = _test_metrics(wardrobe, run, model)
    metrics.pop("test_rmse", None)  # A score here is no rating.
    return {**metrics, "retrieval": _retrieval_metrics(model, wardrobe)}


def _retrieval_metrics(model, wardrobe):
    """Share of liked test items among the catalogue's best k."""
    if not (wardrobe.item_votes["split"] == "test").any():
        return {}
    ks = (10, 30, 50)
    model.track_top_k(ks)
    model.compile()
    results = model.evaluate(
        make_item_vote_dataset(wardrobe, "test", batch_size=1024),
        return_dict=True,
        verbose=0,
    )
    return {
        f"recall_at_{k}": results[f"catalogue/top_{k}_categorical_accuracy"]
        for k in ks
    }
