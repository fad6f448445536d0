import numpy as np
import tensorflow as tf

from tfcompat.layers.chosen_products import chosen_products


class TestChosenProducts:
    def test_by_hand(self):
        queries = tf.constant([[1.0, 2.0], [0.0, -1.0]])
        candidates = tf.constant([[3.0, 0.0], [1.0, 1.0], [0.0, 4.0]])
        scores = chosen_products(queries, candidates, [[2, 0], [1, 1]])
        # 2 * 4 and 1 * 3; twice -1 * 1.
        np.testing.assert_array_equal(scores, [[8.0, 3.0], [-1.0, -1.0]])
