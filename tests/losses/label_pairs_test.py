import numpy as np
import tensorflow as tf

from tfcompat.losses.label_pairs import mean_over_pairs, score_gaps


class TestScoreGaps:
    def test_first_index_is_the_minuend(self):
        gaps = score_gaps(tf.constant([[3.0, 1.0]]))
        np.testing.assert_array_equal(gaps, [[[0, 2], [-2, 0]]])


class TestMeanOverPairs:
    def test_only_compatible_over_incompatible_counts(self):
        costs = tf.constant([[[9.0, 1, 2], [9, 9, 9], [9, 9, 9]]])
        # Pairs (0, 1) and (0, 2): (1 + 2) / 2.
        np.testing.assert_allclose(mean_over_pairs(costs, [[1, 0, 0]]), [1.5])

    def test_rows_do_not_mix(self):
        costs = tf.ones((2, 2, 2)) * [[[1.0]], [[5.0]]]
        means = mean_over_pairs(costs, [[1, 0], [0, 1]])
        np.testing.assert_allclose(means, [1, 5])

    def test_row_without_a_pair_is_0(self):
        means = mean_over_pairs(tf.ones((2, 2, 2)), [[1, 1], [0, 0]])
        np.testing.assert_array_equal(means, [0, 0])
