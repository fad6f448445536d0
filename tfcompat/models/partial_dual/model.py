"""Partial Dual: customers' and items' embeddings from their ratings."""

import logging

import numpy as np

from tfcompat.models.partial_dual import arguments
from tfcompat.models.partial_dual.centering import CENTERS, fit_centering
from tfcompat.models.partial_dual.dual_point import DualPoint
from tfcompat.models.partial_dual.factors import (
    spectral_norm,
    to_principal_axes,
)
from tfcompat.models.partial_dual.initialization import initial_row_factors
from tfcompat.models.partial_dual.selection import try_settings
from tfcompat.models.partial_dual.solver import SOLVERS, minimize
from tfcompat.models.partial_dual.sparse_ratings import (
    SparseRatings,
    gathered_products,
)
from tfcompat.models.partial_dual.storage import read_model, write_model

_SETTINGS = (
    "rank",
    "cost",
    "solver",
    "center",
    "max_iterations",
    "tolerance",
    "seed",
)

_logger = logging.getLogger(__name__)


class PartialDual:
    """Low-rank matrix completion by its dual on the spectrahedron.

    Learns W of low rank from ratings Y seen at Omega,

        min_W  cost * sum_Omega (Y - W)^2 + 1/2 ||W||_*^2,

    after Y is centred. W = U R^T: `item_embeddings` U has Frobenius norm 1
    and `customer_embeddings` R carries the scale. Rows of R are PSA-Net's
    customer embeddings. U and R are unique up to one rotation of both, which
    is fixed: axes are the principal axes of R, largest first, and the largest
    entry of each column of U is positive.

    Departs from the paper: the dual variable is eliminated in closed form,
    both solvers are preconditioned, and they start from a regression on the
    singular vectors of the ratings. The objective is the paper's; so are its
    minima.

    Args:
        rank: Length r of the embeddings, at most the number of rows.
        cost: C, the weight of squared errors. Useful values grow with the
            ratings; `select` finds one. (PSA-Net's lambda is 2C.)
        solver: "trust_region" (second order) or "conjugate_gradient" (first
            order; sooner at the RMSE of the solution, later at the solution).
        center: "biases" takes off the mean and damped row and column biases,
            "mean" the mean, None nothing.
        max_iterations: Most outer iterations of the solver.
        tolerance: Relative norm of the gradient at which to stop. 1e-2 is
            past what validation RMSE can tell; 1e-6 finds the minimiser.
        seed: Of the randomised SVD that gives the starting point.

    Raises:
        ValueError: If an argument is out of its range.

    Reference:
        Jawanpuria and Mishra 2018, https://arxiv.org/abs/1704.07352, eq. 1;
        PSA-Net, eq. 1.
    """

    def __init__(
        self,
        rank,
        cost,
        solver="trust_region",
        center="biases",
        max_iterations=50,
        tolerance=1e-2,
        seed=0,
    ):
        arguments.check_positive_integer("rank", rank)
        arguments.check_positive("cost", cost)
        arguments.check_choice("solver", solver, SOLVERS)
        arguments.check_choice("center", center, CENTERS)
        arguments.check_positive_integer("max_iterations", max_iterations)
        arguments.check_positive("tolerance", tolerance)
        arguments.check_seed("seed", seed)
        self.rank = int(rank)
        self.cost = float(cost)
        self.solver = solver
        self.center = center
        self.max_iterations = int(max_iterations)
        self.tolerance = float(tolerance)
        self.seed = int(seed)
        self._centering = None
        self._embeddings = None
        self._dual_matrix = None
        self._duality_gap = None

    def fit(self, rows, columns, ratings, shape):
        """Learns the embeddings of all rows and columns.

        Takes O(n r^2 + (d + T) r^3) per iteration for n ratings. A row or
        column without ratings gets a zero embedding and bias. A pair that is
        given twice counts as two observations.

        Args:
            rows: int `[n]`, the rated items.
            columns: int `[n]`, the customers who rated them.
            ratings: float `[n]`, such as +-1 or 1 to 5.
            shape: `(number of items d, number of customers T)`.

        Returns:
            This model.

        Raises:
            ValueError: If ratings are empty or not finite, rows or columns
                out of range, lengths differ, or the rank exceeds d.
        """
        rows, columns, ratings = arguments.check_ratings(
            rows, columns, ratings, shape
        )
        arguments.check_rank("rank", self.rank, shape)
        centering = fit_centering(self.center, rows, columns, ratings, shape)
        data = SparseRatings(
            rows, columns, ratings - centering.offsets(rows, columns), shape
        )
        initial, _ = initial_row_factors(data, self.rank, self.seed)
        point = minimize(
            data,
            self.cost,
            initial,
            solver=self.solver,
            max_iterations=self.max_iterations,
            tolerance=self.tolerance,
        )
        self._embeddings = to_principal_axes(
            point.row_factors, point.column_factors
        )
        self._centering = centering
        self._dual_matrix = data.matrix((2.0 * self.cost) * point.errors)
        self._duality_gap = None
        return self

    def predict(self, rows, columns):
        """Expected ratings of pairs, on the scale of the ratings given.

        They are not clipped to that scale's ends.

        Args:
            rows: int `[n]`, items.
            columns: int `[n]`, customers.

        Returns:
            float `[n]`.

        Raises:
            ValueError: If lengths differ or a value is out of range.
        """
        items, customers = self._fitted()
        rows = arguments.check_indices("rows", rows, len(items))
        columns = arguments.check_indices("columns", columns, len(customers))
        arguments.check_lengths(("rows", "columns"), (rows, columns))
        result = self._centering.offsets(rows, columns)
        result += gathered_products(items, customers, rows, columns)
        return result

    @property
    def item_embeddings(self):
        """U, float `[d, r]` of unit Frobenius norm."""
        return self._fitted()[0]

    @property
    def customer_embeddings(self):
        """R, float `[T, r]`; row c is customer c's embedding E_c."""
        return self._fitted()[1]

    @property
    def item_biases(self):
        """float `[d]`: how much more than the mean an item is liked."""
        self._fitted()
        return self._centering.row_biases

    @property
    def customer_biases(self):
        """float `[T]`: how much above the mean a customer rates."""
        self._fitted()
        return self._centering.column_biases

    @property
    def mean(self):
        """The mean rating; 0 when nothing was centred."""
        self._fitted()
        return self._centering.mean

    @property
    def duality_gap(self):
        """Bound on how far the objective is above its global minimum.

        1/2 (sigma_1(Z)^2 - ||U^T Z||^2), found when first asked for. It goes
        to zero if the rank is at least that of the global solution; a larger
        one is what the limit on the rank, or stopping early, may have cost.
        """
        _, customers = self._fitted()
        if self._duality_gap is None:
            norm = spectral_norm(self._dual_matrix, self.seed)
            gap = 0.5 * (norm**2 - np.vdot(customers, customers))
            self._duality_gap = float(gap)
            self._dual_matrix = None
        return self._duality_gap

    def fold_in(self, rows, ratings, columns=None):
        """Embeddings of customers who were not there in training.

        The exact best response to the items' embeddings, one r x r solve per
        customer: a training customer's own ratings give their embedding.

        Args:
            rows: int `[n]`, rated items.
            ratings: float `[n]`.
            columns: None for one customer; else int `[n]` numbering the new
                customers from 0.

        Returns:
            float `[r]`, or `[max(columns) + 1, r]` when `columns` is given.

        Raises:
            ValueError: As `fit`.
        """
        data, _ = self._fold_in_data(rows, ratings, columns)
        point = DualPoint(data, self.cost, self._embeddings[0])
        factors = point.column_factors
        return factors[0] if columns is None else factors

    def fold_in_bias(self, rows, ratings, columns=None):
        """Biases of customers who were not there in training.

        A new customer's expected rating of item i is `mean + item_biases[i] +
        fold_in_bias(...) + item_embeddings[i] @ fold_in(...)`.

        Args:
            rows: As `fold_in`.
            ratings: As `fold_in`.
            columns: As `fold_in`.

        Returns:
            float, or float `[max(columns) + 1]` when `columns` is given.
        """
        _, biases = self._fold_in_data(rows, ratings, columns)
        return float(biases[0]) if columns is None else biases

    def _fold_in_data(self, rows, ratings, columns):
        items, _ = self._fitted()
        if columns is None:
            columns = np.zeros(np.shape(rows), dtype=np.int64)
        count = int(np.max(columns, initial=0)) + 1
        shape = (len(items), max(count, 1))
        rows, columns, ratings = arguments.check_ratings(
            rows, columns, ratings, shape
        )
        biases = self._centering.biases_of_columns(
            rows, columns, ratings, shape[1]
        )
        rest = ratings - self._centering.mean
        rest -= self._centering.row_biases[rows] + biases[columns]
        return SparseRatings(rows, columns, rest, shape), biases

    def save(self, path):
        """Writes settings, embeddings and biases to one `.npz` file.

        Args:
            path: Where to; an existing file is replaced at once or not at all.

        Raises:
            InputError: If it cannot be written.
        """
        items, customers = self._fitted()
        write_model(
            path,
            {name: getattr(self, name) for name in _SETTINGS},
            self._centering,
            items,
            customers,
            self.duality_gap,
        )

    @classmethod
    def load(cls, path):
        """Reads what `save` wrote.

        Args:
            path: The file.

        Returns:
            A fitted `PartialDual`.

        Raises:
            InputError: If the file is missing, damaged or something else.
        """
        settings, centering, items, customers, gap = read_model(path, _SETTINGS)
        model = cls(**settings)
        model._centering = centering
        model._embeddings = (items, customers)
        model._duality_gap = gap
        return model

    @classmethod
    def select(
        cls,
        rows,
        columns,
        ratings,
        shape,
        *,
        ranks=(2, 4, 6, 8, 12, 16),
        costs=None,
        validation=0.1,
        solver="conjugate_gradient",
        center="biases",
        max_iterations=50,
        tolerance=1e-2,
        seed=0,
    ):
        """Chooses rank and cost by validation RMSE, then fits with them.

        For each rank the costs are tried from the smallest, each started
        from the solution of the one before, until the error has risen twice.

        Args:
            rows: As `fit`.
            columns: As `fit`.
            ratings: As `fit`.
            shape: As `fit`.
            ranks: Ranks to try.
            costs: Costs to try. By default seven that suit the ratings, a
                factor 2 apart (see `suitable_costs`).
            validation: Share of the ratings, chosen at random, to hold out;
                or `(rows, columns, ratings)` held out already.
            solver: As the class.
            center: As the class.
            max_iterations: As the class.
            tolerance: As the class.
            seed: As the class; also of the random validation part.

        Returns:
            `(model, trials)`: a `PartialDual` with the best rank and cost,
            fitted to all of `rows, columns, ratings`, of which a share given
            by number is part and a part given by arrays is not; and a list of
            `Trial(rank, cost, rmse)`, best first.

        Raises:
            ValueError: As `fit`; or if nothing is to be tried or held out.
        """
        trials = try_settings(
            *arguments.check_ratings(rows, columns, ratings, shape),
            shape,
            ranks=ranks,
            costs=costs,
            validation=validation,
            solver=solver,
            center=center,
            max_iterations=max_iterations,
            tolerance=tolerance,
            seed=seed,
        )
        best = trials[0]
        _logger.info(
            "Partial Dual: rank %d and cost %g have the least validation "
            "RMSE, %.5f, of %d settings.",
            *best,
            len(trials),
        )
        model = cls(
            best.rank,
            best.cost,
            solver,
            center,
            max_iterations,
            tolerance,
            seed,
        )
        return model.fit(rows, columns, ratings, shape), trials

    def _fitted(self):
        if self._embeddings is None:
            raise RuntimeError(
                "`PartialDual` has no embeddings yet: call `fit` or `load`."
            )
        return self._embeddings
