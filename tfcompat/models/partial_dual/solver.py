"""Minimises the Partial Dual over the spectrahedron with pymanopt."""

import logging
import math
import time

import numpy as np
import pymanopt
from pymanopt.optimizers import ConjugateGradient, TrustRegions

from tfcompat.models.partial_dual.dual_point import DualPoint
from tfcompat.models.partial_dual.line_search import InterpolatingLineSearcher
from tfcompat.models.partial_dual.spectrahedron import Spectrahedron

SOLVERS = ("trust_region", "conjugate_gradient")
# Of the truncated conjugate gradient inside one trust-region step.
_MAX_INNER_ITERATIONS = 30

# pymanopt would stop silently after 1000 seconds.
_NO_LIMITS = {
    "max_time": math.inf,
    "max_cost_evaluations": math.inf,
    "verbosity": 0,
}

_logger = logging.getLogger(__name__)


def minimize(ratings, cost, initial, *, solver, max_iterations, tolerance):
    """Finds the point of least dual objective, from a starting point.

    Both solvers are preconditioned by `DualPoint.precondition`; a step then
    costs about as much as a sweep of alternating least squares.

    Args:
        ratings: `SparseRatings`, centred.
        cost: C.
        initial: float `[d, r]` of unit Frobenius norm.
        solver: "trust_region" or "conjugate_gradient".
        max_iterations: Most outer iterations.
        tolerance: Stops when the Riemannian gradient is this small relative
            to the squared norm of the column factors at the start (the part
            of the Euclidean gradient that is normal to the sphere).

    Returns:
        `DualPoint` of the last iterate.
    """
    began = time.perf_counter()
    points = _PointCache(ratings, cost)
    start = points.at(initial)
    scale = np.vdot(start.column_factors, start.column_factors)
    manifold = Spectrahedron(*initial.shape)
    gradient = manifold.projection(initial, start.gradient)
    # Also where nothing is left to explain and both sides are zero.
    if np.linalg.norm(gradient) <= tolerance * scale:
        return start
    problem = _make_problem(manifold, points, scale)
    run = _run_trust_region
    if solver == "conjugate_gradient":
        run = _run_conjugate_gradient
    result, iterations = run(problem, initial, max_iterations, tolerance)
    _logger.info(
        "Partial Dual, rank %d, cost %g, %s: objective %.8g, relative "
        "gradient %.2g after %d iterations and %.1f s.",
        initial.shape[1],
        cost,
        solver,
        points.at(result.point).value,
        result.gradient_norm,
        iterations,
        time.perf_counter() - began,
    )
    return points.at(result.point)


def _run_trust_region(problem, initial, max_iterations, tolerance):
    # In the preconditioner's norm a Newton step from here to the minimum is
    # at most this long, because the objective is not negative.
    radius = math.sqrt(2.0 * problem.cost(initial))
    result = TrustRegions(
        max_iterations=max_iterations, min_gradient_norm=tolerance, **_NO_LIMITS
    ).run(
        problem,
        initial_point=initial,
        maxinner=_MAX_INNER_ITERATIONS,
        Delta_bar=radius,
        Delta0=radius / 4.0,
    )
    return result, result.iterations


def _run_conjugate_gradient(problem, initial, max_iterations, tolerance):
    point, value, iterations = initial, math.inf, 0
    while True:
        # A search that finds no lower point ends a run, but pymanopt first
        # divides by the change of the gradient, which is zero then.
        with np.errstate(invalid="ignore", divide="ignore"):
            result = ConjugateGradient(
                line_searcher=InterpolatingLineSearcher(),
                # Directions lose conjugacy where gradients stay parallel.
                orth_value=1.0,
                max_iterations=max_iterations - iterations,
                min_gradient_norm=tolerance,
                min_step_size=1e-12,
                **_NO_LIMITS,
            ).run(problem, initial_point=point)
        iterations += result.iterations
        done = result.gradient_norm < tolerance or iterations >= max_iterations
        if done or result.cost >= value:
            return result, iterations
        # The direction had degenerated: on from here by the gradient.
        point, value = result.point, result.cost


def _make_problem(manifold, points, scale):
    """The objective divided by `scale`, so that tolerances are relative."""
    objective = pymanopt.function.numpy(manifold)

    @objective
    def value(point):
        value = points.at(point).value / scale
        _logger.debug("Partial Dual: objective %.10g", value * scale)
        return value

    @objective
    def gradient(point):
        return points.at(point).gradient / scale

    @objective
    def hessian(point, direction):
        return points.at(point).hessian(direction) / scale

    def preconditioner(point, direction):
        return manifold.projection(
            point, points.at(point).precondition(direction) * scale
        )

    return pymanopt.Problem(
        manifold,
        value,
        euclidean_gradient=gradient,
        euclidean_hessian=hessian,
        preconditioner=preconditioner,
    )


class _PointCache:
    """Shares the work of value, gradient and Hessian at the same point.

    Two points are kept: a trust region goes back to the last one when it
    rejects a step.
    """

    def __init__(self, ratings, cost):
        self.ratings = ratings
        self.cost = cost
        self._points = []

    def at(self, row_factors):
        for point in self._points:
            if point.row_factors is row_factors:
                return point
        point = DualPoint(self.ratings, self.cost, row_factors)
        self._points = [*self._points[-1:], point]
        return point
