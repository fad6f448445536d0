import numpy as np
import pytest
import tensorflow as tf

from tfcompat.export.row_blocks import rank_in_blocks


class TestRankInBlocks:
    @pytest.mark.parametrize("block", [0, 1, 2, 3, 7, 100])
    @pytest.mark.parametrize("count", [0, 1, 6, 7])
    def test_the_size_of_a_block_changes_nothing(self, block, count):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.int32)])
        def run(customers):
            return rank_in_blocks(rank, customers, block)

        def rank(rows):
            items = rows[:, None] * 10 + tf.range(3)
            return items, -tf.cast(items, tf.float32)

        items, scores = run(tf.range(count))
        expected = np.arange(count)[:, None] * 10 + np.arange(3)
        np.testing.assert_array_equal(items, expected)
        np.testing.assert_array_equal(scores, -expected)

    def test_no_block_is_larger_than_asked(self):
        sizes = []

        def rank(rows):
            sizes.append(int(tf.size(rows)))
            return rows[:, None], tf.cast(rows, tf.float32)[:, None]

        rank_in_blocks(rank, tf.range(7), 3)  # Eager, so each block is seen.
        assert sizes == [3, 3, 3]
