import numpy as np
import pytest
import tensorflow as tf

from tfcompat.data.sampling import TripletSampler

GROUPS = np.array([0, 1, 0, 1, 0, 2, 0])  # Group 0: items 0, 2, 4, 6.


def draw(sampler, given, label, seed, count):
    candidates = tf.fill([count, 1], given)
    labels = tf.fill([count, 1], float(label))
    pair, ordered = sampler.triplets(candidates, labels, tf.constant(seed))
    np.testing.assert_array_equal(ordered, [[1.0, 0.0]] * count)
    return pair.numpy()


class TestTripletSampler:
    def test_draws_evenly_from_the_rest_of_the_group(self):
        pair = draw(TripletSampler(GROUPS), 2, 1, [1, 2], 3000)
        assert (pair[:, 0] == 2).all()
        items, counts = np.unique(pair[:, 1], return_counts=True)
        assert items.tolist() == [0, 4, 6]
        # 1000 each, standard deviation 26.
        assert abs(counts - 1000).max() < 120

    def test_disliked_item_is_the_negative(self):
        pair = draw(TripletSampler(GROUPS), 3, 0, [1, 2], 10)
        np.testing.assert_array_equal(pair, [[1, 3]] * 10)

    def test_lonely_item_is_its_own_opposite(self):
        pair = draw(TripletSampler(GROUPS), 5, 1, [0, 0], 4)
        np.testing.assert_array_equal(pair, [[5, 5]] * 4)

    def test_same_seed_same_draw(self):
        sampler = TripletSampler(GROUPS)
        first, again, other = (
            draw(sampler, 0, 1, seed, 50) for seed in ([1, 2], [1, 2], [1, 3])
        )
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()

    def test_no_items(self):
        with pytest.raises(ValueError, match="`groups` is empty"):
            TripletSampler([])
