import math

import numpy as np
import pytest

from tfcompat.metrics import kernel_distance as module
from tfcompat.metrics.kernel_distance import KernelDistance, kernel_distance


def by_pairs(real, designed):
    """The definition, pair by pair."""

    def kernel(x, y):
        return (np.dot(x, y) / len(x) + 1) ** 3

    def within(images):
        return np.mean(
            [
                kernel(x, y)
                for i, x in enumerate(images)
                for j, y in enumerate(images)
                if i != j
            ]
        )

    across = np.mean([kernel(x, y) for x in real for y in designed])
    return within(real) + within(designed) - 2 * across


class TestKernelDistance:
    def test_one_feature_by_hand(self):
        # Real 0 and 1: k(0, 1) = 1. Designed 2 and 2: k = 5^3 = 125. Across:
        # k(0, 2) = 1, k(1, 2) = 27, mean 14. 1 + 125 - 28 = 98.
        real, designed = np.array([[0.0], [1.0]]), np.array([[2.0], [2.0]])
        assert kernel_distance(real, designed) == pytest.approx(98)

    @pytest.mark.parametrize("block", [2, 4, 1024])
    def test_agrees_with_the_definition_in_any_blocks(self, monkeypatch, block):
        monkeypatch.setattr(module, "_BLOCK", block)
        random = np.random.default_rng(0)
        real = random.normal(size=(7, 3))
        designed = random.normal(1, 2, (9, 3))
        assert kernel_distance(real, designed) == pytest.approx(
            by_pairs(real, designed)
        )

    def test_two_samples_of_one_distribution_are_0_on_average(self):
        random = np.random.default_rng(0)
        values = [
            kernel_distance(*random.normal(size=(2, 20, 4))) for _ in range(300)
        ]
        error = np.std(values) / math.sqrt(300)
        assert abs(np.mean(values)) < 4 * error
        assert min(values) < 0  # Unbiased, so it cannot always be positive.

    def test_farther_designs_are_farther(self):
        random = np.random.default_rng(0)
        real = random.normal(size=(200, 4))
        near, far = (
            kernel_distance(real, random.normal(shift, 1, (200, 4)))
            for shift in (0.3, 1.0)
        )
        assert 0 < near < far

    def test_a_single_image_is_not_a_number(self):
        metric = KernelDistance(2)
        metric.update_state(np.ones((5, 2)), np.ones((1, 2)))
        assert math.isnan(float(metric.result()))
