import numpy as np
import pytest

from tfcompat.data.simulator.notions import notions
from tfcompat.data.simulator.traits import Traits


@pytest.fixture
def traits():
    return Traits(
        lab=np.array([[20.0, 3.0, 4.0], [50.0, 0.0, 0.0], [80.0, 3.0, 4.0]]),
        pattern=np.array([1, 0, 3], np.int8),
        length=np.array([0.5, 0.5, 0.5]),
        fit=np.array([0.2, 0.9, 0.5]),
        formality=np.array([0.1, 0.8, 0.1]),
    )


class TestNotions:
    def test_worked_pair(self, traits):
        # ab: |(3, 4)| = 5; L: |20 - 50| = 30; formality: |.1 - .8| = .7;
        # only one is patterned; fit: |.2 + .9 - 1| = .1.
        np.testing.assert_allclose(
            notions(traits, 0, 1), [-5.0, 30.0, -0.7, 0.0, -0.1]
        )

    def test_two_patterns_clash(self, traits):
        np.testing.assert_allclose(
            notions(traits, 0, 2), [0.0, 60.0, 0.0, -1.0, -0.3]
        )

    def test_order_of_the_pair_does_not_matter(self, traits):
        np.testing.assert_array_equal(
            notions(traits, np.array([0, 1]), np.array([2, 0])),
            notions(traits, np.array([2, 0]), np.array([0, 1])),
        )

    def test_rows_broadcast(self, traits):
        rows = np.arange(3)
        table = notions(traits, rows[:, None], rows)
        assert table.shape == (3, 3, 5)
        np.testing.assert_array_equal(table[2, 1], notions(traits, 2, 1))


class TestFeatures:
    def test_worked_row(self, traits):
        # Chroma 5; striped; then length, fit and formality as they are.
        np.testing.assert_allclose(
            traits.features()[0], [20, 3, 4, 5, 1, 0, 0, 0.5, 0.2, 0.1]
        )
