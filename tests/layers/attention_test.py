import numpy as np
import pytest
import tensorflow as tf

from tfcompat.layers.category_pair_attention import CategoryPairAttention
from tfcompat.layers.customer_attention import CustomerAttention
from tfcompat.layers.free_attention import FreeAttention


def make_context():
    return {
        "customer": tf.constant([[1.0, -1.0], [0.5, 2.0], [1.0, -1.0]]),
        "query": tf.ones((3, 4)),
        "query_category": tf.constant([0, 1, 2]),
        "candidate_category": tf.constant([[1, 0], [1, 1], [0, 2]]),
    }


class TestWeights:
    @pytest.mark.parametrize(
        ("attention", "columns"),
        [
            (CustomerAttention(3), 1),
            (FreeAttention(3), 1),
            (CategoryPairAttention(3, num_categories=4), 2),
        ],
    )
    def test_rows_are_shares_of_one(self, attention, columns):
        weights = attention(make_context())
        assert weights.shape == (3, columns, 3)
        assert np.all(weights.numpy() > 0)
        np.testing.assert_allclose(
            np.sum(weights, axis=-1), np.ones((3, columns)), rtol=1e-5
        )


class TestCustomerAttention:
    def test_equal_customers_get_equal_weights_and_others_do_not(self):
        weights = CustomerAttention(4)(make_context()).numpy()
        np.testing.assert_array_equal(weights[0], weights[2])
        assert not np.allclose(weights[0], weights[1])

    def test_bad_arguments_are_named(self):
        with pytest.raises(ValueError, match="`hidden_units`.*got -1"):
            CustomerAttention(3, hidden_units=-1)


class TestFreeAttention:
    def test_everybody_gets_the_same(self):
        attention = FreeAttention(2)
        attention.build(None)
        attention.logits.assign([0.0, np.log(3.0)])
        weights = attention(make_context())
        np.testing.assert_allclose(weights[:, 0], [[0.25, 0.75]] * 3, rtol=1e-6)


class TestCategoryPairAttention:
    def test_the_pair_of_categories_decides(self):
        weights = CategoryPairAttention(3, num_categories=4)(
            make_context()
        ).numpy()
        # Rows hold the pairs (0, 1), (0, 0); (1, 1), (1, 1); (2, 0), (2, 2).
        np.testing.assert_array_equal(weights[1, 0], weights[1, 1])
        assert not np.allclose(weights[0, 0], weights[0, 1])
        assert not np.allclose(weights[0, 0], weights[2, 0])
