import numpy as np
import pytest
import tensorflow as tf

from tfcompat.layers.customer_table import CustomerTable
from tfcompat.layers.group_projection import GroupProjection


class TestCustomerTable:
    def test_embeddings_are_standardised(self):
        table = CustomerTable(3, 2)
        table.load_embeddings([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])
        # Column 1: mean 2, deviation sqrt(2/3). Column 2 never varies.
        np.testing.assert_allclose(
            table(tf.constant([0, 1, 2])),
            [[-(1.5**0.5), 0], [0, 0], [1.5**0.5, 0]],
            rtol=1e-6,
            atol=1e-7,
        )

    def test_a_stranger_gets_the_average(self):
        table = CustomerTable(2, 2)
        table.load_embeddings([[1.0, 0.0], [3.0, 4.0]])
        np.testing.assert_array_equal(
            table(tf.constant([-1, 2])), np.zeros((2, 2))
        )

    def test_only_a_learned_table_is_trained(self):
        for learned in (False, True):
            table = CustomerTable(2, 3, learned=learned)
            table(tf.constant([0]))
            assert len(table.trainable_weights) == int(learned)

    def test_penalty_is_the_mean_squared_entry(self):
        table = CustomerTable(2, 2, learned=True, l2=0.5)
        table.build(None)
        table.table.assign([[1.0, 3.0], [0.0, 0.0]])
        table(tf.constant([0, 0]))
        assert float(table.losses[0]) == pytest.approx(0.5 * (1 + 9) / 2)

    def test_wrong_shape_is_refused(self):
        with pytest.raises(ValueError, match=r"shape \(2, 3\), got \(1, 3\)"):
            CustomerTable(2, 3).load_embeddings(np.zeros((1, 3)))


class TestGroupProjection:
    def test_each_group_has_its_own_map(self):
        layer = GroupProjection(2, 3, normalize=False)
        features = tf.constant([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]])
        result = layer(features, tf.constant([0, 1, 0])).numpy()
        np.testing.assert_array_equal(result[0], result[2])
        assert not np.allclose(result[0], result[1])

    def test_rows_have_length_one(self):
        layer = GroupProjection(1, 4)
        result = layer(tf.random.stateless_normal((5, 3), (0, 1)), None)
        np.testing.assert_allclose(
            np.linalg.norm(result, axis=1), np.ones(5), rtol=1e-5
        )
