"""Scores of single items by a finished stage 1 run."""

import numpy as np
import pandas as pd
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.models.partial_dual import PartialDual
from tfcompat.training.known_customers import KnownCustomers


def score_item_votes(run, wardrobe, votes, batch_size=4096, model=None):
    """Scores item votes with the model that stage 1 has trained.

    Args:
        run: `RunFolder` with the model of Partial Dual, StyNet or two towers.
        wardrobe: `Wardrobe`.
        votes: Rows of its item votes.
        batch_size: Votes at a time.
        model: The run's Keras model, where it is in memory already.

    Returns:
        float `[votes]`; higher is liked more.

    Raises:
        InputError: If a vote is by a customer or on an item that the model
            does not know.
    """
    known = KnownCustomers.load(run)
    customers = _known_rows(
        known.customer_ids,
        wardrobe.customers["customer_id"],
        votes["customer"],
        f"{run.path}: does not know the customer",
    )
    items = _known_rows(
        known.item_ids,
        wardrobe.items["item_id"],
        votes["item"],
        f"{run.path}: does not know the item",
    )
    if (run.model / "partial_dual.npz").exists():
        model = PartialDual.load(run.model / "partial_dual.npz")
        return model.predict(items, customers)
    if model is None:
        model = keras.saving.load_model(
            run.model / "model.keras", compile=False
        )
    predict = tf.function(model, reduce_retracing=True)
    return np.concatenate(
        [
            predict(
                {
                    "customer": customers[i : i + batch_size],
                    "item": items[i : i + batch_size],
                }
            ).numpy()
            for i in range(0, len(votes), batch_size)
        ]
    )


def _known_rows(known, ids, rows, problem):
    """Rows of a wardrobe as rows of the model."""
    found = pd.Index(known).get_indexer(ids)
    result = found[rows.to_numpy()].astype("int32")
    if (result < 0).any():
        stranger = ids.iloc[rows.iloc[int(np.argmin(result))]]
        raise InputError(f"{problem} {stranger}.")
    return result
