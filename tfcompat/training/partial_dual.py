"""Training run of stage 1 by Partial Dual matrix completion."""

import dataclasses
import json

import numpy as np

from tfcompat.data.errors import InputError
from tfcompat.metrics.vote_report import evaluate_votes
from tfcompat.models.partial_dual import PartialDual
from tfcompat.training.execution import train_model
from tfcompat.training.known_customers import KnownCustomers


@dataclasses.dataclass(frozen=True)
class PartialDualConfig:
    """Settings of Partial Dual on the item votes.

    Attributes:
        seed: Of the starting point.
        rank: Size of the embeddings; 0 chooses rank and cost by validation.
        cost: C of the dual objective; used with a given rank.
        solver: "trust_region" or "conjugate_gradient".
        center: "biases", "mean" or "".
        splits: Parts of the item votes to learn from.
    """

    seed: int = 0
    rank: int = 8
    cost: float = 10.0
    solver: str = "trust_region"
    center: str = "biases"
    splits: tuple = ("train", "valid")


@train_model.register
def train_partial_dual(config: PartialDualConfig, wardrobe, run):
    """Completes the matrix of item votes; returns metrics on its test part.

    Raises:
        InputError: If the wardrobe has no item votes in the chosen parts.
    """
    votes = wardrobe.item_votes
    train = votes[votes["split"].isin(config.splits)]
    if train.empty:
        raise InputError(
            f"{wardrobe.folder}: item_votes.csv has no votes in "
            f"{', '.join(config.splits)}; stage 1 learns from them."
        )
    arguments = (
        train["item"].to_numpy(),
        train["customer"].to_numpy(),
        train["vote"].to_numpy("float64"),
        (len(wardrobe.items), len(wardrobe.customers)),
    )
    trials = []
    settings = {
        "solver": config.solver,
        "center": config.center or None,
        "seed": config.seed,
    }
    if config.rank:
        model = PartialDual(config.rank, config.cost, **settings)
        model.fit(*arguments)
    else:
        model, trials = PartialDual.select(*arguments, **settings)
    model.save(run.model / "partial_dual.npz")
    items = model.item_embeddings.astype("float32")
    customers = model.customer_embeddings.astype("float32")
    KnownCustomers(
        customer_ids=wardrobe.customers["customer_id"].to_numpy(str),
        embeddings=customers,
        item_ids=wardrobe.items["item_id"].to_numpy(str),
        customer_tastes=customers,
        item_tastes=items,
        popularity=model.item_biases.astype("float32"),
    ).save(run)
    metrics = {
        "rank": model.rank,
        "cost": model.cost,
        "duality_gap": model.duality_gap,
        "trials": json.loads(json.dumps([trial._asdict() for trial in trials])),
    }
    test = votes[votes["split"] == "test"]
    if len(test):
        scores = model.predict(
            test["item"].to_numpy(), test["customer"].to_numpy()
        )
        error = scores - test["vote"].to_numpy()
        metrics["test_rmse"] = float(np.sqrt(np.mean(error**2)))
        metrics["test"] = evaluate_votes(
            test["vote"].to_numpy() > 0, scores, test["customer"].to_numpy()
        )
    return metrics
