import numpy as np
import pytest
import tensorflow as tf

from tfcompat.retrieval.exact_shelf import ExactShelf


def random_numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@pytest.fixture(scope="module")
def search():
    """`ExactShelf.search` of 20,007 items: whole blocks and some behind."""
    shelf = ExactShelf(random_numbers(20_007, 8))
    return tf.function(shelf.search, reduce_retracing=True)


class TestSearch:
    # 10,000 is more than there are blocks, 20,007 all there is.
    @pytest.mark.parametrize("k", [1, 100, 10_000, 20_007])
    def test_ranks_as_a_sort_does(self, search, k):
        queries = random_numbers(5, 8, seed=1)
        products, places = search(tf.constant(queries), tf.constant(k))
        true = queries @ random_numbers(20_007, 8).T
        best = -np.sort(-true, axis=1)[:, :k]
        np.testing.assert_allclose(products, best, atol=1e-5)
        found = np.take_along_axis(true, places.numpy(), axis=1)
        np.testing.assert_allclose(found, products, atol=1e-5)
        assert all(len(set(row)) == k for row in places.numpy())

    @pytest.mark.parametrize("size", [300, 9_000])  # By TFRS, and whole.
    def test_smaller_shelves_rank_the_same_way(self, size):
        items, queries = random_numbers(size, 8), random_numbers(5, 8, seed=1)
        items[[7, 200]] = items[150]
        products, places = ExactShelf(items).search(tf.constant(queries), 299)
        order = np.argsort(-(queries @ items.T), axis=1, kind="stable")
        true = np.take_along_axis(queries @ items.T, order, axis=1)
        np.testing.assert_allclose(products, true[:, :299], atol=1e-5)
        for row in places.numpy().tolist():
            among = [place for place in row if place in (7, 150, 200)]
            assert among == sorted(among)  # Of equals the first comes first.

    def test_best_of_two_blocks_are_all_found(self):
        items = np.zeros((17_000, 2), "float32")
        items[640:700, 0] = np.arange(60) + 1.0  # Blocks 640-671, 672-703.
        shelf = ExactShelf(items)
        products, places = shelf.search(tf.constant([[1.0, 0.0]]), 60)
        np.testing.assert_array_equal(products[0], np.arange(60, 0, -1))
        np.testing.assert_array_equal(places[0], np.arange(699, 639, -1))

    def test_of_equals_the_first_comes_first(self):
        items = np.ones((16_999, 2), "float32")
        items[[70, 16_990]] = 2.0  # In the second block, and behind the last.
        shelf = ExactShelf(items)
        _, places = shelf.search(tf.ones([2, 2]), 200)
        first = [70, 16_990, *(i for i in range(199) if i != 70)]
        np.testing.assert_array_equal(places, [first, first])

    def test_no_queries(self, search):
        products, places = search(tf.zeros([0, 8]), tf.constant(3))
        assert products.shape == places.shape == (0, 3)


class TestEmbeddingsOf:
    @pytest.mark.parametrize("size", [300, 5_000])  # In rows, in columns.
    def test_are_those_of_the_places(self, size):
        items = random_numbers(size, 8)
        places = [[3, 299, 0], [7, 7, 200]]
        found = ExactShelf(items).embeddings_of(tf.constant(places))
        np.testing.assert_array_equal(found, items[places])
