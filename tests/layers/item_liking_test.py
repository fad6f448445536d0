import numpy as np
import pytest
import tensorflow as tf

from tests.models.pair_batch import make_pair_batch
from tfcompat.layers.item_liking import ItemLiking


def make_layer():
    layer = ItemLiking(2, 3, 2)
    layer.load_tastes(
        np.array([[2.0, 0.0], [0.0, 1.0]]),
        np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]),
        np.array([-1.0, 0.0, 1.0]),
    )
    layer.scales.assign([1.0, 10.0, 100.0, 1000.0, 10000.0])
    return layer


def ask(layer, customer, query, candidate, rows=(0, 1, 2)):
    inputs, _ = make_pair_batch(items=3)
    inputs["item_rows"] = np.array(rows, "int32")
    inputs["customer"] = np.array([customer], "int32")
    inputs["query"] = np.array([query], "int32")
    inputs["candidates"] = np.array([[candidate]], "int32")
    return float(layer(inputs)[0, 0])


class TestItemLiking:
    def test_value_by_hand(self):
        # Likings of customers 0 and 1: [2, 0, 2] and [0, 1, 1]; their mean
        # square is 10 / 6, by whose root they are scaled. The popularity's
        # deviation is sqrt(2 / 3).
        like, popular = (10 / 6) ** -0.5, (2 / 3) ** -0.5
        expected = (
            1 * 2 * like  # Query 0 as customer 0 likes it,
            + 10 * 2 * like  # and candidate 2.
            + 100 * -1 * popular
            + 1000 * 1 * popular
            + 10000
        )
        assert ask(make_layer(), 0, 0, 2) == pytest.approx(expected)

    def test_a_stranger_knows_popularity_only(self):
        expected = (100 * -1 + 1000 * 1) * (2 / 3) ** -0.5 + 10000
        assert ask(make_layer(), -1, 0, 2) == pytest.approx(expected)

    def test_unknown_items_count_nothing(self):
        assert ask(make_layer(), 0, 0, 2, rows=(-1, -1, -1)) == 10000

    def test_tables_stay_and_scales_learn(self):
        layer = make_layer()
        assert [w.name for w in layer.trainable_weights] == ["scales:0"]

    def test_bad_sizes_are_named(self):
        with pytest.raises(ValueError, match="`num_items` must be positive"):
            ItemLiking(1, 0, 1)

    def test_index_and_its_constant_add_up_to_the_score(self):
        layer = make_layer()
        inputs, _ = make_pair_batch(items=3)
        inputs["item_rows"] = np.arange(3, dtype="int32")
        inputs["customer"] = np.array([1], "int32")
        inputs["query"] = np.array([0], "int32")
        inputs["candidates"] = np.array([[0, 1, 2]], "int32")
        products = tf.matmul(
            layer.index_query(inputs),
            layer.index_candidate(inputs),
            transpose_b=True,
        )
        rest = (layer(inputs) - products).numpy()
        constant = layer.index_constant(inputs)[:, None]
        np.testing.assert_allclose(rest, constant + 0 * rest, rtol=1e-5)
