"""Two-tower retrieval that proposes candidates to a pair model."""

import dataclasses

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_path
from tfcompat.export.id_table import IdTable
from tfcompat.retrieval.catalogue_index import CatalogueIndex
from tfcompat.training.known_customers import KnownCustomers


@dataclasses.dataclass(frozen=True)
class CandidateTowers:
    """What two-tower retrieval has learnt: an embedding of everything.

    Attributes:
        customer_ids: str `[customers]`.
        customers: float32 `[customers, e]`, of unit length, like the rest.
        stranger: float32 `[e]`, for customers that it does not know.
        item_ids: str `[items]`.
        items: float32 `[items, e]`.
    """

    customer_ids: np.ndarray
    customers: np.ndarray
    stranger: np.ndarray
    item_ids: np.ndarray
    items: np.ndarray

    @classmethod
    def of_run(cls, run):
        """Reads from the `RunFolder` of a finished run.

        Raises:
            InputError: If it is not one of two-tower retrieval.
        """
        kind = run.read_config()["config"]
        if kind != "TwoTowerConfig":
            raise InputError(
                f"{run.path}: is a run of {kind}; candidates come from one of "
                "TwoTowerConfig."
            )
        run.require_finished()
        known = KnownCustomers.load(run)
        model = keras.saving.load_model(
            run.model / "model.keras", compile=False
        )
        stranger = model.embed_customer({"customer": tf.constant([-1])})
        return cls(
            customer_ids=known.customer_ids,
            customers=known.customer_tastes,
            stranger=stranger[0].numpy(),
            item_ids=known.item_ids,
            items=known.item_tastes,
        )

    def save(self, path):
        """Writes an `.npz` file."""
        with atomic_path(path) as partial, open(partial, "wb") as file:
            np.savez(file, **dataclasses.asdict(self))

    @classmethod
    def load(cls, path):
        """Reads what `save` has written."""
        with np.load(path) as arrays:
            return cls(**arrays)


class Shortlist(tf.Module):
    """Proposes the items of a group that a customer may like best.

    Items that the towers do not know, since they came after training, are
    proposed to everybody: the pair model can judge them.

    Args:
        towers: `CandidateTowers`.
        catalogue: `Catalogue`.
        num_groups: Number of groups.
        size: Number of known items to propose.

    Raises:
        ValueError: If `size` is not positive.
    """

    def __init__(self, towers, catalogue, num_groups, size=500):
        super().__init__(name="shortlist")
        if size < 1:
            raise ValueError(f"`size` must be positive, got {size}.")
        self.customers = IdTable(towers.customer_ids.tolist(), "customer")
        self._embeddings = tf.Variable(
            np.concatenate([towers.customers, towers.stranger[None]]),
            trainable=False,
            name="customers",
        )
        places = {id_: row for row, id_ in enumerate(towers.item_ids.tolist())}
        rows = np.array(
            [places.get(id_, -1) for id_ in catalogue.item_ids], "int32"
        )
        is_new = rows < 0
        # Zeros for new items, and beside the embedding what no cosine reaches.
        known = np.concatenate([towers.items, np.zeros_like(towers.items[:1])])[
            rows
        ]
        bonus = np.where(is_new, 2.0, 0.0).astype("float32")
        self._index = CatalogueIndex(
            np.concatenate([known, bonus[:, None]], axis=1),
            catalogue.groups,
            num_groups,
        )
        new = np.bincount(catalogue.groups[is_new], minlength=num_groups)
        self.size = size + int(new.max(initial=0))

    def propose(self, customer_ids, groups, least):
        """Rows of the catalogue that are worth a closer look.

        Args:
            customer_ids: string `[b]`.
            groups: int32 `[b]`.
            least: int32 scalar, how many at least.

        Returns:
            int32 `[b, m]`; shorter rows end in -1.
        """
        customers = tf.gather(
            self._embeddings,
            # The last one for the unknown, whose row is -1.
            self.customers.find_rows(customer_ids) % self._embeddings.shape[0],
        )
        queries = tf.concat([customers, tf.ones_like(customers[:, :1])], axis=1)
        _, rows = self._index.search(
            queries, groups, tf.maximum(self.size, least)
        )
        return rows
