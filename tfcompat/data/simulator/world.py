"""The true probabilities behind a simulated wardrobe."""

import dataclasses

import numpy as np

from tfcompat.data.simulator.archetypes import COMMON_WEIGHTS
from tfcompat.data.simulator.customers import (
    Customers,
    draw_customers,
    expected_taste_loudness,
    expected_weight_norm,
)
from tfcompat.data.simulator.layers import layer_weights
from tfcompat.data.simulator.notions import notions
from tfcompat.data.simulator.parameters import WorldParameters
from tfcompat.data.simulator.streams import stream
from tfcompat.data.simulator.traits import Traits
from tfcompat.data.simulator.truth import read_truth, write_truth

_SAMPLED_PAIRS = 200_000


@dataclasses.dataclass(frozen=True)
class World:
    """Items, customers and the chance that each likes what.

    Rows are those of `items.csv` and `customers.csv`. With `population` the
    answer is the same for everybody: the customers' likes, weights and
    leanings are replaced by their means, which is what the best impersonal
    model could know.

    Attributes:
        traits: `Traits` of all items.
        customers: `Customers`.
        parameters: `WorldParameters`.
        feature_mean: float64 `[10]`, over all items.
        feature_deviation: float64 `[10]`; 1 where all items are alike.
        notion_mean: float64 `[5]`, over random pairs of a top and a bottom.
        notion_deviation: float64 `[5]`; 1 where all pairs are alike.
        layers: int `[items]`, rows of `LAYERS`, where stylists look for other
            things between other layers of an outfit; None where all pairs are
            judged alike.
    """

    traits: Traits
    customers: Customers
    parameters: WorldParameters
    feature_mean: np.ndarray
    feature_deviation: np.ndarray
    notion_mean: np.ndarray
    notion_deviation: np.ndarray
    layers: np.ndarray | None = None

    def __post_init__(self):
        features = self.traits.features() - self.feature_mean
        features /= self.feature_deviation
        covariance = np.cov(features.T, ddof=0)
        loudness = expected_taste_loudness(covariance, self.parameters)
        tastes = self.customers.tastes / loudness
        object.__setattr__(self, "_features", features)
        object.__setattr__(self, "_tastes", tastes)
        weights = self.customers.notion_weights
        weights = weights / expected_weight_norm(self.parameters)
        object.__setattr__(self, "_weights", weights)

    @classmethod
    def create(
        cls,
        traits,
        tops,
        bottoms,
        *,
        customers,
        seed,
        parameters,
        layers=None,
    ):
        """Draws customers for given items and measures the scales.

        Args:
            traits: `Traits` of all items.
            tops: int array, rows of the items that are queries.
            bottoms: int array, rows of the items that are candidates.
            customers: Number of customers.
            seed: Seed of the world.
            parameters: `WorldParameters`.
            layers: As the attribute.

        Returns:
            `World`.
        """
        features = traits.features()
        random = stream(seed, "scales")
        sample = notions(
            traits,
            random.choice(tops, _SAMPLED_PAIRS),
            random.choice(bottoms, _SAMPLED_PAIRS),
        )
        return cls(
            traits=traits,
            customers=draw_customers(customers, seed, parameters),
            parameters=parameters,
            feature_mean=_mean(features),
            feature_deviation=_deviation(features),
            notion_mean=_mean(sample),
            notion_deviation=_deviation(sample),
            layers=layers,
        )

    def liking(self, customers, items, population=False):
        """How much customers like items: mean 0 over items, deviation near 1.

        Args:
            customers: int array, rows of customers.
            items: int array, rows of items; broadcast against `customers`.
            population: Whether to give everybody's mean instead.

        Returns:
            float64, the broadcast shape.

        Raises:
            ValueError: If a row is out of range.
        """
        items = _rows("items", items, len(self.traits))
        tastes = self._of(self._tastes, customers, population)
        return np.einsum("...f,...f->...", self._features[items], tastes)

    def item_probability(self, customers, items, population=False):
        """Chance that customers vote for items.

        `sigmoid(item_scale * liking + leaning)`.

        Args:
            customers: int array, rows of customers.
            items: int array, rows of items; broadcast against `customers`.
            population: Whether to answer by everybody's mean taste.

        Returns:
            float64 in (0, 1), the broadcast shape.

        Raises:
            ValueError: If a row is out of range.
        """
        logit = self.parameters.item_scale * self.liking(
            customers, items, population
        )
        leanings = self.customers.leanings
        return _sigmoid(logit + self._of(leanings, customers, population))

    def pair_probability(
        self, customers, queries, candidates, population=False
    ):
        """Chance that customers vote for pairs of items.

        `sigmoid(pair_scale * (w . n + liking_share * (liking + liking') /
        sqrt 2) + pair_leaning * leaning)` with the scaled notions `n` and
        weights `w` scaled to unit expected length.

        Args:
            customers: int array, rows of customers.
            queries: int array, rows of items.
            candidates: int array, rows of items; all three are broadcast.
            population: Whether to answer by everybody's mean taste.

        Returns:
            float64 in (0, 1), the broadcast shape.

        Raises:
            ValueError: If a row is out of range.
        """
        scores = self._scaled_notions(queries, candidates)
        weights = self._of(self._weights, customers, population)
        liking = self.liking(customers, queries, population)
        liking = liking + self.liking(customers, candidates, population)
        logit = self.parameters.pair_scale * (
            np.einsum("...n,...n->...", scores, weights)
            + self.parameters.liking_share * liking / np.sqrt(2.0)
        )
        leanings = self._of(self.customers.leanings, customers, population)
        return _sigmoid(logit + self.parameters.pair_leaning * leanings)

    def stylist_score(self, queries, candidates):
        """How well items match in the eyes of a stylist.

        Stylists know the notions on which everybody agrees and no customer:
        `common . n` with the scaled notions `n`.

        Args:
            queries: int array, rows of items.
            candidates: int array, rows of items; broadcast against `queries`.

        Returns:
            float64, the broadcast shape; higher is a better match.
        """
        return self._scaled_notions(queries, candidates) @ COMMON_WEIGHTS

    def layered_score(self, items, others):
        """How well items of an outfit match in the eyes of a stylist.

        `stylist_score`, unless the world has `layers`: then what counts
        depends on the layers that meet, see `layer_weights`.

        Args:
            items: int array, rows of items.
            others: int array, rows of items; broadcast against `items`.

        Returns:
            float64, the broadcast shape; higher is a better match.
        """
        if self.layers is None:
            return self.stylist_score(items, others)
        scores = self._scaled_notions(items, others)
        weights = layer_weights()[self.layers[items], self.layers[others]]
        return np.sum(scores * weights, axis=-1)

    def _scaled_notions(self, queries, candidates):
        queries = _rows("queries", queries, len(self.traits))
        candidates = _rows("candidates", candidates, len(self.traits))
        scores = notions(self.traits, queries, candidates)
        return (scores - self.notion_mean) / self.notion_deviation

    def _of(self, traits, customers, population):
        """The rows of `traits` of customers, or everybody's mean for each."""
        customers = _rows("customers", customers, len(self.customers))
        if not population:
            return traits[customers]
        mean = traits.mean(axis=0)
        return np.broadcast_to(mean, customers.shape + mean.shape)

    def save(self, folder, item_ids, customer_ids):
        """Writes `truth.npz` into a folder that is being made.

        Args:
            folder: `pathlib.Path`.
            item_ids: `[items]` of `str`, in the order of the rows.
            customer_ids: `[customers]` of `str`, likewise.
        """
        write_truth(folder, self, item_ids, customer_ids)

    @classmethod
    def load(cls, folder):
        """Reads the truth of a simulated wardrobe as it was made.

        To use it with a wardrobe, which may have lost rows since, take
        `tfcompat.evaluation.oracles.load_world`.

        Args:
            folder: The wardrobe's folder.

        Returns:
            `World`.

        Raises:
            InputError: If the folder holds no readable `truth.npz`.
        """
        return cls(**read_truth(folder))


def _rows(name, rows, count):
    """Rows as an array; a negative row would silently mean another item."""
    rows = np.asarray(rows)
    wrong = rows[(rows < 0) | (rows >= count)]
    if wrong.size:
        raise ValueError(
            f"`{name}` must be rows in [0, {count}), got {wrong.flat[0]}."
        )
    return rows


def _sigmoid(logit):
    return 0.5 * (1.0 + np.tanh(0.5 * logit))  # Never overflows.


def _mean(values):
    return np.round(values.mean(axis=0), 6)


def _deviation(values):
    deviation = np.round(values.std(axis=0), 6)
    return np.where(deviation > 0.0, deviation, 1.0)
