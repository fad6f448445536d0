import dataclasses
import math

import numpy as np
import pytest

from tfcompat.data.errors import InputError
from tfcompat.data.simulator.customers import (
    Customers,
    expected_taste_loudness,
    expected_weight_norm,
)
from tfcompat.data.simulator.garments import draw_garments, garment_traits
from tfcompat.data.simulator.oracle import measure
from tfcompat.data.simulator.parameters import WORLDS, WorldParameters
from tfcompat.data.simulator.traits import Traits
from tfcompat.data.simulator.votes import draw_item_votes, draw_pair_votes
from tfcompat.data.simulator.world import World


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x))


@pytest.fixture
def tiny():
    """Two items, two customers, scales that leave most things as they are."""
    tastes = np.zeros((2, 10))
    tastes[0, 8] = 2.0  # The first likes wide things, the second nothing.
    weights = np.zeros((2, 5))
    weights[1, 2] = 3.0  # The second cares for equal formality.
    return World(
        traits=Traits(
            lab=np.zeros((2, 3)),
            pattern=np.zeros(2, np.int8),
            length=np.zeros(2),
            fit=np.array([0.0, 1.0]),
            formality=np.array([0.2, 0.7]),
        ),
        customers=Customers(
            mixtures=np.full((2, 6), 1 / 6),
            tastes=tastes,
            notion_weights=weights,
            leanings=np.array([0.5, -1.0]),
        ),
        parameters=WorldParameters(),
        feature_mean=np.array([0.0] * 8 + [0.5, 0.0]),
        feature_deviation=np.array([1.0] * 8 + [0.5, 1.0]),
        notion_mean=np.array([0.0, 0.0, -0.1, 0.0, 0.0]),
        notion_deviation=np.array([1.0, 1.0, 0.2, 1.0, 1.0]),
    )


@pytest.fixture
def loudness(tiny):
    # Scaled features: fit is (-1, 1), formality (.2, .7), the rest 0. The
    # covariances over the two items follow by hand.
    covariance = np.zeros((10, 10))
    covariance[8, 8] = 1.0
    covariance[9, 9] = 0.25**2
    covariance[8, 9] = covariance[9, 8] = 0.25
    return expected_taste_loudness(covariance, tiny.parameters)


class TestProbabilitiesByHand:
    def test_item_of_a_customer(self, tiny, loudness):
        # Liking of item 1: scaled fit 1 times taste 2.
        expected = sigmoid(1.56 * 2.0 / loudness + 0.5)
        assert tiny.item_probability(0, 1) == pytest.approx(expected)

    def test_who_likes_nothing_votes_by_leaning(self, tiny):
        assert tiny.item_probability(1, 0) == pytest.approx(sigmoid(-1.0))

    def test_pair_of_a_customer_with_weights(self, tiny):
        # Notion: (-|.2 - .7| - -.1) / .2 = -2; times weight 3 over the norm.
        norm = expected_weight_norm(tiny.parameters)
        expected = sigmoid(2.5 * (-2.0 * 3.0 / norm) + 0.3 * -1.0)
        assert tiny.pair_probability(1, 0, 1) == pytest.approx(expected)

    def test_pair_of_a_customer_with_likes(self, tiny, loudness):
        # The pair (1, 1): both are liked by 2, and there is no weight.
        liking = 0.3 * (2.0 + 2.0) / loudness / math.sqrt(2.0)
        expected = sigmoid(2.5 * liking + 0.3 * 0.5)
        assert tiny.pair_probability(0, 1, 1) == pytest.approx(expected)

    def test_population_is_the_mean_customer(self, tiny, loudness):
        # Taste (2 + 0) / 2, leaning (.5 - 1) / 2.
        expected = sigmoid(1.56 * 1.0 / loudness - 0.25)
        for customer in (0, 1):
            found = tiny.item_probability(customer, 1, population=True)
            assert found == pytest.approx(expected)


class TestArrays:
    def test_rows_broadcast(self, tiny):
        customers = np.array([[0], [1]])
        items = np.array([0, 1, 1])
        for population in (False, True):
            found = tiny.item_probability(customers, items, population)
            assert found.shape == (2, 3)
            pairs = tiny.pair_probability(customers, 0, items, population)
            assert pairs.shape == (2, 3)
        assert found[1, 2] == tiny.item_probability(1, 1, True)

    @pytest.mark.parametrize("row", [-1, 2])
    def test_row_that_does_not_exist_is_an_error(self, tiny, row):
        with pytest.raises(ValueError, match=f"`items`.*{row}"):
            tiny.item_probability(0, row)
        with pytest.raises(ValueError, match=f"`customers`.*{row}"):
            tiny.item_probability(row, 0)
        with pytest.raises(ValueError, match=f"`candidates`.*{row}"):
            tiny.pair_probability(0, 0, row)

    def test_huge_logits_stay_probabilities(self, tiny):
        loud = dataclasses.replace(tiny.parameters, item_scale=1e6)
        world = dataclasses.replace(tiny, parameters=loud)
        assert world.item_probability(0, 1) == 1.0
        assert world.item_probability(0, 0) == 0.0


class TestFile:
    def test_loaded_world_gives_the_same_probabilities(self, tiny, tmp_path):
        tiny.save(tmp_path, ["top", "bottom"], ["anna", "ben"])
        loaded = World.load(tmp_path)
        assert loaded.parameters == tiny.parameters
        np.testing.assert_array_equal(
            loaded.pair_probability([0, 1], [0, 0], [1, 1]),
            tiny.pair_probability([0, 1], [0, 0], [1, 1]),
        )

    def test_folder_without_truth(self, tmp_path):
        with pytest.raises(InputError, match="truth.npz.*only simulated"):
            World.load(tmp_path)

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more"])
    def test_broken_file(self, tmp_path, content):
        (tmp_path / "truth.npz").write_bytes(content)
        with pytest.raises(InputError, match="truth.npz: cannot be read"):
            World.load(tmp_path)


class TestCalibration:
    """The oracles on 300 customers; docs/data.md has the exact figures."""

    @pytest.mark.parametrize(
        "name, oracle, population",
        [("personal", 0.890, 0.731), ("common", 0.860, 0.759)],
    )
    def test_oracles_rank_as_calibrated(self, name, oracle, population):
        garments = draw_garments(400, 0)
        tops, bottoms = np.arange(200), np.arange(200, 400)
        world = World.create(
            garment_traits(garments),
            tops,
            bottoms,
            customers=300,
            seed=0,
            parameters=WORLDS[name],
        )
        found = measure(
            world,
            draw_item_votes(world, 100, 0),
            draw_pair_votes(world, tops, bottoms, 100, 0),
        )
        assert found["pair_oracle_roc_auc"] == pytest.approx(oracle, abs=0.015)
        assert found["pair_population_roc_auc"] == pytest.approx(
            population, abs=0.025
        )
        assert found["item_oracle_roc_auc"] == pytest.approx(0.80, abs=0.025)
        assert found["pair_positive_share"] == pytest.approx(0.5, abs=0.03)
        assert found["item_positive_share"] == pytest.approx(0.5, abs=0.03)
