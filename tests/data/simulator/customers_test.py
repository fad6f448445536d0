import dataclasses

import numpy as np
import pytest

from tfcompat.data.simulator.archetypes import COMMON_WEIGHTS, NOTION_WEIGHTS
from tfcompat.data.simulator.customers import (
    draw_customers,
    expected_taste_loudness,
    expected_weight_norm,
)
from tfcompat.data.simulator.parameters import WorldParameters


class TestArchetypes:
    def test_every_notion_has_friends_and_foes(self):
        assert ((NOTION_WEIGHTS > 0).any(axis=0)).all()
        assert ((NOTION_WEIGHTS < 0).any(axis=0)).all()


class TestDrawCustomers:
    def test_more_customers_leave_the_first_as_they_are(self):
        few = draw_customers(3, 5, WorldParameters())
        many = draw_customers(8, 5, WorldParameters())
        for name, values in vars(few).items():
            np.testing.assert_array_equal(values, getattr(many, name)[:3])

    def test_shares_of_archetypes_sum_to_one(self):
        shares = draw_customers(20, 0, WorldParameters()).mixtures
        np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-5)

    def test_without_own_noise_weights_are_common_plus_mixture(self):
        parameters = WorldParameters(individual=0.0, common=0.5)
        customers = draw_customers(4, 1, parameters)
        np.testing.assert_allclose(
            customers.notion_weights,
            0.5 * COMMON_WEIGHTS + customers.mixtures @ NOTION_WEIGHTS,
            atol=1e-6,
        )


class TestExpectedNorms:
    def test_weight_norm_is_that_of_many_customers(self):
        parameters = WorldParameters()
        weights = draw_customers(8000, 2, parameters).notion_weights
        measured = np.sqrt((weights**2).sum(axis=1).mean())
        assert expected_weight_norm(parameters) == pytest.approx(
            measured, rel=0.02
        )

    def test_loudness_is_that_of_many_customers(self):
        parameters = WorldParameters()
        tastes = draw_customers(8000, 2, parameters).tastes
        # Uncorrelated features of unit variance: u' I u is the variance.
        measured = np.sqrt((tastes**2).sum(axis=1).mean())
        loudness = expected_taste_loudness(np.eye(10), parameters)
        assert loudness == pytest.approx(measured, rel=0.02)

    def test_items_all_alike_need_no_scaling(self):
        zeros = np.zeros((10, 10))
        assert expected_taste_loudness(zeros, WorldParameters()) == 1.0

    def test_only_noise(self):
        # No common part, and a concentration so high that all customers are
        # the mean mixture: |mean WA|^2 + 5 * individual^2.
        parameters = WorldParameters(common=0.0, concentration=1e9)
        mean = NOTION_WEIGHTS.mean(axis=0)
        expected = np.sqrt(mean @ mean + 5 * 0.35**2)
        assert expected_weight_norm(parameters) == pytest.approx(expected)
        louder = dataclasses.replace(parameters, individual=1.0)
        assert expected_weight_norm(louder) > np.sqrt(5.0)
