"""Rank and cost of Partial Dual by validation error."""

import logging
import typing

import numpy as np

from tfcompat.models.partial_dual import arguments
from tfcompat.models.partial_dual.centering import fit_centering
from tfcompat.models.partial_dual.initialization import initial_row_factors
from tfcompat.models.partial_dual.solver import minimize
from tfcompat.models.partial_dual.sparse_ratings import (
    SparseRatings,
    gathered_products,
)

# Of the ridge that the default costs amount to, in units of the ratings.
_RELATIVE_RIDGES = (16.0, 8.0, 4.0, 2.0, 1.0, 0.5, 0.25)

_logger = logging.getLogger(__name__)


class Trial(typing.NamedTuple):
    """One setting and its root mean squared error on the validation part."""

    rank: int
    cost: float
    rmse: float


def try_settings(
    rows,
    columns,
    ratings,
    shape,
    *,
    ranks,
    costs,
    validation,
    solver,
    center,
    max_iterations,
    tolerance,
    seed,
):
    """Fits a path of growing costs for every rank.

    Args:
        rows: int `[n]`, checked.
        columns: int `[n]`, checked.
        ratings: float `[n]`, checked.
        shape: `(num_rows, num_columns)`.
        ranks: Ranks to try.
        costs: Costs to try, or None for `suitable_costs`.
        validation: Share to hold out, or arrays `(rows, columns, ratings)`.
        solver: As `minimize`.
        center: As `fit_centering`.
        max_iterations: As `minimize`.
        tolerance: As `minimize`.
        seed: Of the split and the starting points.

    Returns:
        List of `Trial`, least RMSE first.

    Raises:
        ValueError: If `ranks`, `costs` or `validation` cannot be used.
    """
    _check_grid("ranks", ranks)
    for rank in ranks:
        arguments.check_rank("ranks", rank, shape)
    if costs is not None:
        _check_grid("costs", costs)
        for cost in costs:
            arguments.check_positive("costs", cost)
    train, held_out = _split((rows, columns, ratings), shape, validation, seed)
    centering = fit_centering(center, *train, shape)
    data = SparseRatings(
        *train[:2], train[2] - centering.offsets(*train[:2]), shape
    )
    target = held_out[2] - centering.offsets(*held_out[:2])
    _logger.info(
        "Partial Dual: validation RMSE of the offsets alone is %.5f.",
        np.sqrt(np.mean(target**2)),
    )
    trials = []
    for rank in ranks:
        factors, norm = initial_row_factors(data, rank, seed)
        path = costs if costs is not None else suitable_costs(data, rank, norm)
        errors = []
        for cost in sorted(path):
            point = minimize(
                data,
                cost,
                factors,
                solver=solver,
                max_iterations=max_iterations,
                tolerance=tolerance,
            )
            factors = point.row_factors
            error = target - gathered_products(
                factors, point.column_factors, *held_out[:2]
            )
            errors.append(float(np.sqrt(np.mean(error**2))))
            trials.append(Trial(int(rank), float(cost), errors[-1]))
            _logger.info("Partial Dual: %s", trials[-1])
            if len(errors) > 2 and errors[-1] > errors[-2] > errors[-3]:
                break  # Overfits from here on.
    return sorted(trials, key=lambda trial: trial.rmse)


def suitable_costs(ratings, rank, norm):
    """Costs whose effect is of the order that noise asks for.

    At the solution the squared nuclear norm acts on balanced factors as a
    ridge of ||W||_* / (2C), and a ridge that suits factors of rank r is some
    multiple of the ratings' root mean square times sqrt(r).

    Args:
        ratings: `SparseRatings`, centred.
        rank: r.
        norm: An estimate of the nuclear norm of the solution.

    Returns:
        float `[7]`, increasing.
    """
    size = np.sqrt(np.mean(ratings.ratings**2) * rank)
    if size == 0.0 or norm == 0.0:
        return np.ones(1)  # Nothing to fit: every cost gives zero.
    return norm / (2.0 * size * np.array(_RELATIVE_RIDGES))


def _check_grid(name, values):
    if np.ndim(values) != 1 or not len(values):
        raise ValueError(f"`{name}` must be a non-empty list, got {values!r}.")


def _split(ratings, shape, validation, seed):
    """`(train, held out)`, each `(rows, columns, ratings)`."""
    if np.ndim(validation) == 0:
        count = len(ratings[0])
        held = round(count * validation) if 0.0 < validation < 1.0 else 0
        if not 0 < held < count:
            raise ValueError(
                "`validation` must be a share between 0 and 1 that holds out "
                f"some of the {count} ratings and leaves some, got "
                f"{validation!r}."
            )
        order = np.random.default_rng(seed).permutation(count)
        return (
            tuple(array[order[held:]] for array in ratings),
            tuple(array[order[:held]] for array in ratings),
        )
    if len(validation) != 3:
        raise ValueError(
            "`validation` must be a share or `(rows, columns, ratings)`, got "
            f"{len(validation)} arrays."
        )
    names = [f"validation[{place}]" for place in range(3)]
    return ratings, arguments.check_ratings(*validation, shape, names)
