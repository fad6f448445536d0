"""Stage 1's models for serving: how a customer likes single items."""

import logging

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.export.id_table import IdTable
from tfcompat.export.model_card import describe_run
from tfcompat.export.model_name import check_name
from tfcompat.export.partial_dual_scorer import PartialDualScorer
from tfcompat.export.request_limits import (
    check_batch,
    check_counts,
    cut_rows,
    largest_count,
)
from tfcompat.export.stynet_scorer import StyNetScorer
from tfcompat.export.two_tower_scorer import TwoTowerScorer
from tfcompat.export.vote_cards import VOTE_CARDS
from tfcompat.models.partial_dual import PartialDual
from tfcompat.models.stynet import StyNet
from tfcompat.models.two_tower import TwoTower
from tfcompat.training.known_customers import KnownCustomers

_LOG = logging.getLogger(__name__)
_WARMED_UP = (1, 8, 64)  # Rows of the warm-up requests.


class VoteServable(tf.Module):
    """Answers what a customer thinks of an item, and which items suit her.

    `serving_default` scores pairs; an item must be known, an unknown customer
    gets the model's answer to a stranger. `recommend` ranks all of the
    catalogue, also what the customer has voted on, exactly, with the scores
    of `serving_default`; equal scores in the order of the catalogue.

    Args:
        name: Name of the model folder.
        scorer: `tf.Module` with `score(customers, items)` and
            `rank(customers, count)`, as `StyNetScorer` has them.
        customer_ids: List of str, in the order of the model's rows.
        item_ids: List of str, in the order of the model's rows.
        card: Dict for the model card.

    Attributes:
        signatures: Dict of `tf.function`.
        sources: Empty: the model itself holds all that it needs.
    """

    def __init__(self, name, scorer, customer_ids, item_ids, card):
        super().__init__(name=name)
        self.scorer = scorer
        self.customers = IdTable(customer_ids, "customer")
        self.items = IdTable(item_ids, "item")
        self.card = card
        self.sources = {}
        ids = {
            column: tf.TensorSpec([None], tf.string, name=column)
            for column in ("customer_id", "item_id")
        }
        self.signatures = {
            "serving_default": tf.function(
                self._score, input_signature=list(ids.values())
            ),
            "recommend": tf.function(
                self._recommend,
                input_signature=[
                    ids["customer_id"],
                    tf.TensorSpec(None, tf.int32, name="k"),
                ],
            ),
        }

    def _score(self, customer_id, item_id):
        inputs = check_batch({"customer_id": customer_id, "item_id": item_id})
        customers = self.customers.find_rows(inputs["customer_id"])
        items = self.items.require_rows(inputs["item_id"])
        return {
            "score": self.scorer.score(customers, items),
            "known_customer": customers >= 0,
        }

    def _recommend(self, customer_id, k):
        customer_id = check_batch({"customer_id": customer_id})["customer_id"]
        counts = check_counts(k, tf.shape(customer_id)[0])
        customers = self.customers.find_rows(customer_id)
        items, scores = self.scorer.rank(customers, largest_count(counts))
        item_ids, scores = cut_rows(self.items.get_ids(items), scores, counts)
        return {
            "item_id": item_ids,
            "score": scores,
            "known_customer": customers >= 0,
        }

    def examples(self):
        """Example inputs of each signature, for a few batch sizes.

        The last customer of a larger batch is a stranger. `k` is one for each
        row, as a server that batches requests needs it.
        """
        customers = self.customers.ids.numpy()
        items = self.items.ids.numpy()
        examples = {"serving_default": [], "recommend": []}
        for rows in _WARMED_UP:
            asking = np.resize(customers, rows)
            if rows > 1:
                asking[-1] = b""
            examples["serving_default"].append(
                {"customer_id": asking, "item_id": np.resize(items, rows)}
            )
            examples["recommend"].append(
                {"customer_id": asking, "k": np.full(rows, 10, "int32")}
            )
        return examples


def make_vote_servable(run, wardrobe, name=None):
    """Makes a servable of a finished run of stage 1.

    Items that are no longer in the wardrobe are not recommended. Items that
    came after training are unknown to the model; train again.

    Args:
        run: `RunFolder` of StyNet, two-tower retrieval or Partial Dual.
        wardrobe: `Wardrobe` whose items are recommended.
        name: Name of the model folder; None takes the model's own: `stynet`,
            `two_tower` or `partial_dual`.

    Returns:
        `VoteServable`.

    Raises:
        InputError: If the run is not finished or of another model, or the
            wardrobe has none of the model's items.
    """
    run.require_finished()
    kind = run.read_config()["config"]
    if kind not in _KINDS:
        raise InputError(
            f"{run.path}: is a run of {kind}, which scores no single items."
        )
    own_name, load, make_scorer = _KINDS[kind]
    known = KnownCustomers.load(run)
    return VoteServable(
        check_name(name or own_name),
        make_scorer(load(run), _ranked_rows(run, known, wardrobe)),
        known.customer_ids.tolist(),
        known.item_ids.tolist(),
        {**VOTE_CARDS[own_name], **describe_run(run, wardrobe)},
    )


def _ranked_rows(run, known, wardrobe):
    ids = wardrobe.items["item_id"].to_numpy(str)
    ranked = np.flatnonzero(np.isin(known.item_ids, ids))
    if not len(ranked):
        raise InputError(
            f"{wardrobe.folder}: has none of the items that {run.path} was "
            "trained on."
        )
    strangers = len(ids) - len(ranked)
    if strangers:
        _LOG.warning(
            "%s: %d items of the wardrobe came after training and cannot be "
            "recommended",
            run.path,
            strangers,
        )
    return ranked


def _load_towers(run):
    return keras.saving.load_model(
        run.model / "model.keras",
        custom_objects={"StyNet": StyNet, "TwoTower": TwoTower},
        compile=False,
    )


def _load_partial_dual(run):
    return PartialDual.load(run.model / "partial_dual.npz")


_KINDS = {
    "StyNetConfig": ("stynet", _load_towers, StyNetScorer),
    "TwoTowerConfig": ("two_tower", _load_towers, TwoTowerScorer),
    "PartialDualConfig": (
        "partial_dual",
        _load_partial_dual,
        PartialDualScorer,
    ),
}
CONFIGS = tuple(_KINDS)
