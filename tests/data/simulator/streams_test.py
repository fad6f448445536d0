import numpy as np

from tfcompat.data.simulator.streams import stream


class TestStream:
    def test_first_numbers_are_those_of_every_machine(self):
        # Written down once; another NumPy must not change what a seed means.
        numbers = stream(7, "garment", 3).integers(0, 1000, 4)
        np.testing.assert_array_equal(numbers, [753, 494, 914, 319])

    def test_purpose_index_and_seed_each_give_other_numbers(self):
        draws = {
            stream(*key).random()
            for key in [(0, "a", 0), (0, "b", 0), (0, "a", 1), (1, "a", 0)]
        }
        assert len(draws) == 4
