import numpy as np
import pytest
import tensorflow as tf

from tfcompat.retrieval.row_blocks import map_in_blocks, rank_in_blocks


class TestMapInBlocks:
    @pytest.mark.parametrize("count", [0, 1, 4, 5, 8])
    def test_columns_and_results_may_be_several(self, count):
        def join(columns):
            images, names = columns
            sums = tf.reduce_sum(tf.cast(images, tf.int32), axis=(1, 2))
            return {"sum": sums, "images": images, "name": names * 10}

        @tf.function(
            input_signature=[
                tf.TensorSpec([None, 2, 3], tf.uint8),
                tf.TensorSpec([None], tf.int32),
            ]
        )
        def run(images, names):
            results = map_in_blocks(
                join,
                (images, names),
                4,
                {
                    "sum": tf.TensorSpec([None], tf.int32),
                    "images": tf.TensorSpec([None, 2, 3], tf.uint8),
                    "name": tf.TensorSpec([None], tf.int32),
                },
            )
            assert results["images"].shape.as_list() == [None, 2, 3]
            return results

        images = np.arange(6 * count, dtype="uint8").reshape(count, 2, 3)
        results = run(images, np.arange(count, dtype="int32"))
        np.testing.assert_array_equal(results["images"], images)
        np.testing.assert_array_equal(results["sum"], images.sum((1, 2)))
        np.testing.assert_array_equal(results["name"], np.arange(count) * 10)

    def test_rows_are_spread_evenly_and_filled_up(self):
        blocks = []

        def look(rows):
            blocks.append(rows.numpy().tolist())
            return rows

        spec = tf.TensorSpec([None], tf.int32)
        # Eager, so each block is seen: 7 rows in two of at most 6.
        map_in_blocks(look, tf.range(7), 6, spec, fill=-5)
        assert blocks == [[0, 1, 2, 3], [4, 5, 6, -5]]


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
