"""What stage 1 hands to stage 2: customers and items as vectors."""

import dataclasses

import numpy as np

from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_path

_FILE = "customers.npz"


@dataclasses.dataclass(frozen=True)
class KnownCustomers:
    """Embeddings of customers, and how each customer likes each item.

    `liking[c, i] = customer_tastes[c] @ item_tastes[i]`, kept as its factors.

    Attributes:
        customer_ids: str `[customers]`.
        embeddings: float32 `[customers, e]`, for attention.
        item_ids: str `[items]`.
        customer_tastes: float32 `[customers, r]`.
        item_tastes: float32 `[items, r]`.
        popularity: float32 `[items]`; how much everybody likes each item.
    """

    customer_ids: np.ndarray
    embeddings: np.ndarray
    item_ids: np.ndarray
    customer_tastes: np.ndarray
    item_tastes: np.ndarray
    popularity: np.ndarray

    def save(self, run):
        """Writes into a run's model folder."""
        with (
            atomic_path(run.model / _FILE) as partial,
            open(partial, "wb") as file,
        ):
            np.savez(file, **dataclasses.asdict(self))

    @classmethod
    def load(cls, run):
        """Reads from a run's model folder.

        Raises:
            InputError: If the run has no readable customers.
        """
        path = run.model / _FILE
        try:
            with np.load(path) as arrays:
                return cls(**arrays)
        except (OSError, ValueError, TypeError) as error:
            raise InputError(f"{path}: cannot be read: {error}") from error

    def align(self, wardrobe):
        """Returns the same, in the row order of another load of the wardrobe.

        Customers and items that stage 1 has not seen get the average
        embedding, and zero tastes and popularity.

        Args:
            wardrobe: `Wardrobe`.

        Returns:
            `KnownCustomers` with one row for each row of the wardrobe.
        """
        customers = wardrobe.customers["customer_id"].to_numpy(str)
        items = wardrobe.items["item_id"].to_numpy(str)
        return KnownCustomers(
            customer_ids=customers,
            embeddings=_rows(
                self.customer_ids,
                customers,
                self.embeddings,
                self.embeddings.mean(axis=0),
            ),
            item_ids=items,
            customer_tastes=_rows(
                self.customer_ids, customers, self.customer_tastes, 0.0
            ),
            item_tastes=_rows(self.item_ids, items, self.item_tastes, 0.0),
            popularity=_rows(self.item_ids, items, self.popularity, 0.0),
        )


def _rows(known, wanted, values, otherwise):
    """Values of the wanted ids; `otherwise` where an id is not known."""
    order = np.argsort(known)
    place = np.searchsorted(known, wanted, sorter=order)
    place = order[np.minimum(place, len(known) - 1)]
    found = known[place] == wanted
    found = found.reshape(-1, *[1] * (values.ndim - 1))
    return np.where(found, values[place], otherwise).astype("float32")
