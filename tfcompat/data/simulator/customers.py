"""Who the customers of a simulated world are."""

import dataclasses

import numpy as np

from tfcompat.data.simulator.archetypes import (
    ARCHETYPES,
    COMMON_WEIGHTS,
    NOTION_WEIGHTS,
    TASTES,
)
from tfcompat.data.simulator.streams import stream


@dataclasses.dataclass(frozen=True)
class Customers:
    """The hidden traits of all customers.

    Attributes:
        mixtures: float64 `[customers, 6]`, shares of the archetypes; rows sum
            to 1.
        tastes: float64 `[customers, 10]`, weights of an item's features.
        notion_weights: float64 `[customers, 5]`, weights of the notions.
        leanings: float64 `[customers]`, added to the logit of every vote.
    """

    mixtures: np.ndarray
    tastes: np.ndarray
    notion_weights: np.ndarray
    leanings: np.ndarray

    def __len__(self):
        return len(self.mixtures)


def draw_customers(count, seed, parameters):
    """Draws customers: mixtures of archetypes, and something of their own.

    `pi ~ Dirichlet(concentration)`, `u = pi TASTES + individual * noise`,
    `w = common * COMMON_WEIGHTS + pi NOTION_WEIGHTS + individual * noise`.

    Args:
        count: How many.
        seed: Seed of the world.
        parameters: `WorldParameters`.

    Returns:
        `Customers`; the first n are the same for every `count` >= n.
    """
    alpha = np.full(len(ARCHETYPES), parameters.concentration)
    mixtures, own_tastes, own_weights, leanings = [], [], [], []
    for index in range(count):
        random = stream(seed, "customer", index)
        mixtures.append(random.dirichlet(alpha))
        own_tastes.append(random.standard_normal(TASTES.shape[1]))
        own_weights.append(random.standard_normal(NOTION_WEIGHTS.shape[1]))
        leanings.append(parameters.leaning * random.standard_normal())
    # Rounded, so that the last bits of a machine's arithmetic cannot matter.
    mixtures = np.round(mixtures, 6)
    tastes = mixtures @ TASTES + parameters.individual * np.array(own_tastes)
    weights = (
        parameters.common * COMMON_WEIGHTS
        + mixtures @ NOTION_WEIGHTS
        + parameters.individual * np.array(own_weights)
    )
    return Customers(
        mixtures=mixtures,
        tastes=np.round(tastes, 6),
        notion_weights=np.round(weights, 6),
        leanings=np.round(leanings, 6),
    )


def expected_taste_loudness(covariance, parameters):
    """Root of the expected variance of a customer's likes over the items.

    Like `expected_weight_norm` from the moments of the distribution and not
    from the customers drawn, so that nobody's votes change when others join.

    Args:
        covariance: float64 `[10, 10]`, of the scaled features over the items.
        parameters: `WorldParameters`.

    Returns:
        float; 1 where all items are alike.
    """
    second_moment = _second_moment(0.0, TASTES, parameters)
    variance = float(np.sum(covariance * second_moment))
    return variance**0.5 if variance > 1e-12 else 1.0


def expected_weight_norm(parameters):
    """Root of the expected squared length of a customer's notion weights."""
    common = parameters.common * COMMON_WEIGHTS
    moment = _second_moment(common, NOTION_WEIGHTS, parameters)
    return float(np.trace(moment)) ** 0.5


def _second_moment(common, table, parameters):
    """`E[v v']` of `v = common + pi table + individual * noise`."""
    kinds, width = table.shape
    mean = common + table.mean(axis=0)
    # Covariance of shares under a symmetric Dirichlet.
    shares = (np.eye(kinds) - 1.0 / kinds) / kinds
    shares = shares / (kinds * parameters.concentration + 1.0)
    return (
        np.outer(mean, mean)
        + table.T @ shares @ table
        + parameters.individual**2 * np.eye(width)
    )
