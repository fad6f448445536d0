import numpy as np
import pytest

from tfcompat.data.errors import InputError
from tfcompat.models.partial_dual import PartialDual

SOLVERS = ["trust_region", "conjugate_gradient"]
EXACT = {"max_iterations": 500, "tolerance": 1e-9}


def every_pair(matrix):
    """All entries of a matrix as `(rows, columns, ratings, shape)`."""
    rows, columns = np.indices(matrix.shape).reshape(2, -1)
    return rows, columns, matrix[rows, columns], matrix.shape


def planted(seed=0, shape=(60, 80), rank=3, share=0.5, noise=0.0):
    """A low-rank matrix and some of its entries: `(matrix, ratings)`."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(shape[0], rank)) @ rng.normal(
        size=(rank, shape[1])
    )
    rows, columns = np.nonzero(rng.random(shape) < share)
    ratings = matrix[rows, columns] + noise * rng.normal(size=len(rows))
    return matrix, (rows, columns, ratings, shape)


def completed(model):
    return model.item_embeddings @ model.customer_embeddings.T


def primal(model, cost, rows, columns, ratings):
    errors = ratings - completed(model)[rows, columns]
    nuclear = np.linalg.norm(completed(model), "nuc")
    return cost * np.vdot(errors, errors) + 0.5 * nuclear**2


def rms(values):
    return np.sqrt(np.mean(values**2))


@pytest.fixture(scope="module")
def fitted():
    """A model of noisy ratings in which customer 7 rated nothing."""
    _, (rows, columns, ratings, shape) = planted(noise=0.3)
    kept = columns != 7
    data = rows[kept], columns[kept], ratings[kept] + 3.0, shape
    return PartialDual(3, 20.0).fit(*data), data


@pytest.mark.parametrize("solver", SOLVERS)
class TestSolution:
    def test_one_rating_by_hand(self, solver):
        # min C (1 - w)^2 + w^2 / 2 at C = 1: w = 2C / (2C + 1).
        model = PartialDual(1, 1.0, solver, center=None)
        model.fit([0], [0], [1.0], (1, 1))
        assert model.predict([0], [0])[0] == pytest.approx(2 / 3)

    def test_fully_observed_matrix_by_hand(self, solver):
        # W shrinks singular values by t = ||W||_* / (2C): with 3 and 1 and
        # C = 3, t = (4 - 2t) / 6 = 0.5, so W = diag(2.5, 0.5).
        model = PartialDual(2, 3.0, solver, center=None, **EXACT)
        model.fit(*every_pair(np.diag([3.0, 1.0])))
        np.testing.assert_allclose(
            completed(model), np.diag([2.5, 0.5]), atol=1e-7
        )
        assert model.duality_gap == pytest.approx(0.0, abs=1e-6)

    def test_dual_equals_primal_at_full_rank(self, solver):
        _, (rows, columns, ratings, shape) = planted(
            shape=(9, 12), share=0.6, noise=0.5
        )
        cost = 2.0
        model = PartialDual(9, cost, solver, center=None, **EXACT)
        model.fit(rows, columns, ratings, shape)
        errors = ratings - completed(model)[rows, columns]
        dual_variable = np.zeros(shape)
        dual_variable[rows, columns] = 2 * cost * errors
        # The dual of the convex problem: its own formula, no embeddings.
        dual = (
            np.vdot(ratings, 2 * cost * errors)
            - np.vdot(dual_variable, dual_variable) / (4 * cost)
            - 0.5 * np.linalg.norm(dual_variable, 2) ** 2
        )
        value = primal(model, cost, rows, columns, ratings)
        assert dual == pytest.approx(value, rel=1e-5)
        assert 0 <= model.duality_gap + 1e-9 * value < 1e-5 * value

    def test_planted_matrix_is_recovered(self, solver):
        matrix, data = planted()
        model = PartialDual(3, 1e6, solver, center=None, **EXACT).fit(*data)
        assert rms(completed(model) - matrix) < 1e-3 * rms(matrix)

    def test_huge_cost_is_stable(self, solver):
        matrix, (rows, columns, ratings, shape) = planted(share=0.3)
        model = PartialDual(5, 1e10, solver, max_iterations=100)
        model.fit(rows, columns, ratings, shape)
        error = model.predict(rows, columns) - ratings
        assert rms(error) < 1e-2 * rms(ratings)

    def test_constant_ratings_leave_nothing_to_learn(self, solver):
        model = PartialDual(2, 5.0, solver)
        model.fit(*every_pair(np.full((4, 5), 4.0)))
        assert not model.customer_embeddings.any()
        assert model.duality_gap == 0.0
        np.testing.assert_allclose(model.predict([3], [4]), 4.0)

    def test_rank_above_the_number_of_customers(self, solver):
        model = PartialDual(4, 5.0, solver, center=None, **EXACT)
        model.fit(*every_pair(np.random.default_rng(0).normal(size=(6, 2))))
        assert model.duality_gap == pytest.approx(0.0, abs=1e-4)


class TestPartialDual:
    def test_solvers_agree(self):
        _, data = planted(noise=0.5)
        second, first = (
            PartialDual(3, 2.0, solver, **EXACT).fit(*data)
            for solver in SOLVERS
        )
        np.testing.assert_allclose(
            first.customer_embeddings, second.customer_embeddings, atol=1e-4
        )
        np.testing.assert_allclose(
            first.item_embeddings, second.item_embeddings, atol=1e-6
        )

    def test_gap_shrinks_as_the_rank_reaches_the_solution(self):
        _, data = planted(noise=0.1)
        gaps = [
            PartialDual(rank, 1.0, **EXACT).fit(*data).duality_gap
            for rank in (1, 2, 3)
        ]
        assert gaps[0] > gaps[1] > 100 * abs(gaps[2])

    def test_beats_the_biases_on_unseen_ratings(self, fitted):
        matrix, _ = planted()
        model, (rows, columns, _, shape) = fitted
        unseen = np.ones(shape, dtype=bool)
        unseen[rows, columns] = unseen[:, 7] = False
        rows, columns = np.nonzero(unseen)
        errors = model.predict(rows, columns) - matrix[rows, columns] - 3.0
        assert rms(errors) < 0.25 * rms(matrix)

    def test_stars_are_votes_stretched(self):
        # Everything is equivariant: y -> 3 + 2y gives W -> 2W.
        _, (rows, columns, ratings, shape) = planted(noise=0.5)
        votes = np.where(ratings > 0, 1, -1)
        settings = {"rank": 3, "cost": 1.0, "tolerance": 1e-6}
        model = PartialDual(**settings).fit(rows, columns, votes, shape)
        stars = PartialDual(**settings)
        stars.fit(rows, columns, 3 + 2 * votes, shape)
        np.testing.assert_allclose(
            stars.predict(rows, columns),
            3 + 2 * model.predict(rows, columns),
            atol=1e-4,
        )

    def test_five_stars_are_predicted_within_half_a_star(self):
        _, (rows, columns, ratings, shape) = planted()
        stars = np.clip(np.rint(3 + ratings), 1, 5)
        test = np.arange(len(rows)) % 10 == 0
        model = PartialDual(3, 10.0).fit(
            rows[~test], columns[~test], stars[~test], shape
        )
        errors = model.predict(rows[test], columns[test]) - stars[test]
        assert rms(errors) < 0.6
        assert rms(stars - stars.mean()) > 1.2

    def test_customer_without_ratings_is_an_average_one(self, fitted):
        model, _ = fitted
        assert not model.customer_embeddings[7].any()
        assert model.customer_biases[7] == 0.0
        np.testing.assert_allclose(
            model.predict([0, 1], [7, 7]), model.mean + model.item_biases[:2]
        )

    def test_item_without_ratings_has_no_embedding(self):
        _, (rows, columns, ratings, _) = planted()
        model = PartialDual(3, 5.0).fit(rows, columns, ratings, (61, 80))
        assert not model.item_embeddings[60].any()
        assert model.item_biases[60] == 0.0

    def test_fold_in_repeats_a_customer_of_training(self, fitted):
        model, (rows, columns, ratings, _) = fitted
        own = columns == 4
        np.testing.assert_allclose(
            model.fold_in(rows[own], ratings[own]),
            model.customer_embeddings[4],
            rtol=1e-8,
        )
        assert model.fold_in_bias(rows[own], ratings[own]) == pytest.approx(
            model.customer_biases[4]
        )

    def test_fold_in_of_many_is_each_of_them(self, fitted):
        model, (rows, columns, ratings, _) = fitted
        np.testing.assert_allclose(
            model.fold_in(rows, ratings, columns),
            model.customer_embeddings,
            rtol=1e-8,
            atol=1e-10,
        )
        np.testing.assert_allclose(
            model.fold_in_bias(rows, ratings, columns), model.customer_biases
        )

    def test_axes_are_principal_and_signed(self, fitted):
        model, _ = fitted
        inner = model.customer_embeddings.T @ model.customer_embeddings
        sizes = np.diag(inner)
        np.testing.assert_allclose(inner, np.diag(sizes), atol=1e-8 * sizes[0])
        assert (np.diff(sizes) < 0).all()
        peaks = np.abs(model.item_embeddings).argmax(axis=0)
        assert (model.item_embeddings[peaks, range(3)] > 0).all()
        assert np.linalg.norm(model.item_embeddings) == pytest.approx(1.0)

    def test_order_of_ratings_does_not_matter(self, fitted):
        model, (rows, columns, ratings, shape) = fitted
        order = np.random.default_rng(5).permutation(len(rows))
        other = PartialDual(3, 20.0).fit(
            rows[order], columns[order], ratings[order], shape
        )
        np.testing.assert_allclose(
            other.customer_embeddings, model.customer_embeddings, atol=1e-8
        )

    def test_save_and_load(self, fitted, tmp_path):
        model, (rows, columns, ratings, _) = fitted
        path = tmp_path / "folder" / "customers.npz"
        model.save(path)
        other = PartialDual.load(path)
        np.testing.assert_array_equal(
            other.predict(rows, columns), model.predict(rows, columns)
        )
        np.testing.assert_array_equal(
            other.fold_in(rows[:9], ratings[:9]),
            model.fold_in(rows[:9], ratings[:9]),
        )
        assert other.duality_gap == model.duality_gap
        assert [p.name for p in path.parent.iterdir()] == ["customers.npz"]

    def test_every_setting_is_saved(self, tmp_path):
        settings = {
            "rank": 2,
            "cost": 7.5,
            "solver": "conjugate_gradient",
            "center": None,
            "max_iterations": 9,
            "tolerance": 0.5,
            "seed": 3,
        }
        model = PartialDual(**settings).fit(*every_pair(np.eye(3)))
        model.save(tmp_path / "model.npz")
        other = PartialDual.load(tmp_path / "model.npz")
        assert {name: getattr(other, name) for name in settings} == settings


class TestSelect:
    def test_finds_the_planted_rank(self):
        _, data = planted(shape=(100, 150), share=0.3, noise=0.7)
        model, trials = PartialDual.select(*data, ranks=[1, 3, 12], seed=4)
        assert model.rank == trials[0].rank == 3
        assert trials[0].rmse == min(trial.rmse for trial in trials)
        assert {trial.rank for trial in trials} == {1, 3, 12}

    def test_default_costs_hold_the_best_inside(self):
        _, data = planted(shape=(100, 150), share=0.3, noise=1.5)
        model, trials = PartialDual.select(*data, ranks=[8])
        costs = sorted(trial.cost for trial in trials)
        assert costs[0] < model.cost < costs[-1]

    def test_model_is_fitted_to_all_ratings(self):
        _, data = planted(noise=0.5)
        model, _ = PartialDual.select(*data, ranks=[2], costs=[1.0, 4.0])
        other = PartialDual(2, model.cost, "conjugate_gradient").fit(*data)
        np.testing.assert_array_equal(
            model.customer_embeddings, other.customer_embeddings
        )

    def test_validation_part_of_ones_own(self):
        _, (rows, columns, ratings, shape) = planted(noise=0.5)
        held = np.arange(len(rows)) % 5 == 0
        train = rows[~held], columns[~held], ratings[~held], shape
        model, trials = PartialDual.select(
            *train,
            ranks=[3],
            costs=[2.0],
            validation=(rows[held], columns[held], ratings[held]),
        )
        errors = model.predict(rows[held], columns[held]) - ratings[held]
        assert trials[0].rmse == pytest.approx(rms(errors), rel=1e-6)

    @pytest.mark.parametrize(
        "change, message",
        [
            ({"ranks": []}, "`ranks` must be a non-empty list, got []"),
            ({"ranks": [99]}, "`ranks` must be at most the number of rows 60"),
            ({"costs": [-1.0]}, "`costs` must be a positive finite number"),
            ({"validation": 0.0}, "`validation` must be a share"),
            ({"validation": 1.5}, "got 1.5"),
            ({"validation": ([0], [0])}, "got 2 arrays"),
            ({"validation": ([99], [0], [1.0])}, "`validation[0]` must lie in"),
        ],
    )
    def test_bad_grid(self, change, message):
        _, data = planted()
        with pytest.raises(ValueError) as error:
            PartialDual.select(*data, **change)
        assert message in str(error.value)


class TestBadArguments:
    @pytest.mark.parametrize(
        "change, message",
        [
            ({"rank": 0}, "`rank` must be a positive integer, got 0."),
            ({"rank": 2.5}, "`rank` must be a positive integer, got 2.5."),
            ({"cost": -1.0}, "`cost` must be a positive finite number"),
            ({"cost": float("nan")}, "got nan."),
            (
                {"solver": "newton"},
                "`solver` must be one of 'trust_region', "
                "'conjugate_gradient', got 'newton'.",
            ),
            ({"center": "median"}, "`center` must be one of 'biases', 'mean'"),
            ({"max_iterations": 0}, "`max_iterations` must be a positive"),
            ({"tolerance": 0.0}, "`tolerance` must be a positive finite"),
            ({"seed": -1}, "`seed` must be a non-negative integer, got -1."),
        ],
    )
    def test_constructor(self, change, message):
        with pytest.raises(ValueError) as error:
            PartialDual(**{"rank": 2, "cost": 1.0, **change})
        assert message in str(error.value)

    @pytest.mark.parametrize(
        "data, message",
        [
            (
                ([0, 3], [0, 1], [1, 1], (3, 2)),
                "`rows` must lie in [0, 3), got 3 at position 1.",
            ),
            (
                ([0, 1], [-1, 1], [1, 1], (3, 2)),
                "`columns` must lie in [0, 2), got -1 at position 0.",
            ),
            (
                ([0, 1], [0], [1, 1], (3, 2)),
                "`rows`, `columns`, `ratings` must have the same length, got "
                "2, 1, 2.",
            ),
            (
                ([0, 1], [0, 1], [1, np.nan], (3, 2)),
                "`ratings` must be finite, got nan at position 1.",
            ),
            (
                ([0, 1.5], [0, 1], [1, 1], (3, 2)),
                "`rows` must be a 1-D array of integers, got 1-D float64.",
            ),
            (
                ([0, 1], [0, 1], ["a", "b"], (3, 2)),
                "`ratings` must be a 1-D array of numbers",
            ),
            (([], [], [], (3, 2)), "`ratings` is empty."),
            (
                ([0], [0], [1], (3, 0)),
                "`shape` must be two positive integers, got (3, 0).",
            ),
            (
                ([0], [0], [1], (1, 5)),
                "`rank` must be at most the number of rows 1, got 2.",
            ),
        ],
    )
    def test_fit(self, data, message):
        with pytest.raises(ValueError) as error:
            PartialDual(2, 1.0).fit(*data)
        assert message in str(error.value)

    def test_predict_out_of_range(self, fitted):
        with pytest.raises(ValueError, match=r"`columns` must lie in \[0, 80"):
            fitted[0].predict([0], [80])

    def test_fold_in_out_of_range(self, fitted):
        with pytest.raises(ValueError, match=r"`rows` must lie in \[0, 60"):
            fitted[0].fold_in([60], [1.0])

    def test_use_before_fit(self):
        with pytest.raises(RuntimeError, match="call `fit` or `load`"):
            PartialDual(2, 1.0).predict([0], [0])

    def test_missing_file(self, tmp_path):
        with pytest.raises(InputError, match="nowhere.npz: there is no such"):
            PartialDual.load(tmp_path / "nowhere.npz")

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"text"])
    def test_damaged_file(self, tmp_path, content):
        path = tmp_path / "model.npz"
        path.write_bytes(content)
        with pytest.raises(InputError, match="is not a whole file written by"):
            PartialDual.load(path)

    def test_other_npz_file(self, tmp_path):
        path = tmp_path / "model.npz"
        np.savez(path, rank=3)
        with pytest.raises(InputError, match="is not a whole file written by"):
            PartialDual.load(path)
