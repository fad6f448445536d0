import numpy as np
import pytest
import tensorflow as tf

from tfcompat.retrieval import catalogue_index
from tfcompat.retrieval.catalogue_index import CatalogueIndex


def make_embeddings(items=60, dim=5, seed=0):
    return (
        np.random.default_rng(seed).normal(size=(items, dim)).astype("float32")
    )


def rank_by_sorting(queries, embeddings, shelves, asked, k):
    """Rows of each query's shelf, best first, padded with -1."""
    expected = []
    for query, shelf in zip(queries, asked, strict=True):
        rows = np.flatnonzero(shelves == shelf)
        best = rows[np.argsort(-(embeddings[rows] @ query), kind="stable")][:k]
        expected.append([*best, *[-1] * (k - len(best))])
    return np.array(expected)


class TestByHand:
    def test_the_asked_shelf_alone_best_first(self):
        # On shelf 0 lie rows 0 and 3, on shelf 1 rows 1, 2 and 4.
        embeddings = np.array([[1, 0], [0, 1], [2, 0], [3, 0], [-1, 5]])
        index = CatalogueIndex(embeddings, [0, 1, 1, 0, 1], 3)
        queries = tf.constant([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
        scores, rows = index.search(queries, [0, 1, 2, -1], 3)
        inf = float("inf")
        # (1, 1) . (0, 1) = 1, . (2, 0) = 2, . (-1, 5) = 4.
        np.testing.assert_array_equal(
            scores, [[3, 1, -inf], [4, 2, 1], [-inf] * 3, [-inf] * 3]
        )
        np.testing.assert_array_equal(
            rows, [[3, 0, -1], [4, 2, 1], [-1] * 3, [-1] * 3]
        )

    def test_scores_take_the_place_of_dot_products(self):
        embeddings = np.array([[1.0], [2.0], [3.0]])
        index = CatalogueIndex(embeddings, [1, 1, 1], 2)
        seen = []

        def score(places, shelf, items):
            seen.append(shelf)
            factor = tf.gather([1.0, -1.0], places)[:, None]
            return factor * items[:, :, 0] + 0.5

        scores, rows = index.search(tf.ones([2, 1]), [1, 1], 2, score)
        # The products choose 3 and 2, the scores say in which order.
        np.testing.assert_array_equal(scores, [[3.5, 2.5], [-1.5, -2.5]])
        np.testing.assert_array_equal(rows, [[2, 1], [1, 2]])
        assert set(seen) == {1}


class TestSearch:
    @pytest.mark.parametrize("k", [1, 7, 30, 1000])
    @pytest.mark.parametrize("floats", [1, 50, 2**24])
    def test_mixed_batch_is_ranked_exactly_whatever_k_and_memory(
        self, k, floats
    ):
        random = np.random.default_rng(1)
        embeddings = make_embeddings()
        shelves = random.choice([0, 1, 2, 4], 60, p=[0.5, 0.3, 0.1, 0.1])
        queries = random.normal(size=(23, 5)).astype("float32")
        asked = random.integers(0, 5, 23)
        index = CatalogueIndex(embeddings, shelves, 5, floats=floats)
        search = tf.function(index.search)
        scores, rows = search(tf.constant(queries), tf.constant(asked), k)
        width = min(k, np.bincount(shelves).max())
        expected = rank_by_sorting(queries, embeddings, shelves, asked, width)
        np.testing.assert_array_equal(rows, expected)
        products = np.sum(queries[:, None] * embeddings[expected], axis=2)
        np.testing.assert_allclose(
            scores, np.where(expected < 0, -np.inf, products), atol=1e-5
        )

    def test_width_is_that_of_the_largest_shelf_asked_for(self):
        index = CatalogueIndex(make_embeddings(10), [0] * 8 + [1] * 2, 3)
        queries = make_embeddings(1)
        for shelf, width in ((0, 8), (1, 2), (2, 0), (-1, 0)):
            scores, rows = index.search(queries, [shelf], 100)
            assert scores.shape == rows.shape == (1, width)

    def test_no_queries(self):
        index = CatalogueIndex(make_embeddings(10), [0] * 10, 1)
        scores, rows = tf.function(index.search)(
            tf.zeros([0, 5]), tf.zeros([0], tf.int32), tf.constant(3)
        )
        assert scores.shape == rows.shape == (0, 0)

    def test_no_items(self):
        index = CatalogueIndex(np.zeros((0, 5)), np.zeros(0), 2)
        assert index.search(tf.zeros([2, 5]), [0, 1], 3)[0].shape == (2, 0)

    def test_equal_items_come_in_the_order_of_rows(self):
        index = CatalogueIndex(np.ones((6, 5)), [0, 1, 0, 1, 0, 1], 2)
        _, rows = index.search(tf.ones([2, 5]), [1, 0], 3)
        np.testing.assert_array_equal(rows, [[1, 3, 5], [0, 2, 4]])


class TestScann:
    def test_small_shelves_are_exact(self):
        embeddings = make_embeddings()
        index = CatalogueIndex(embeddings, [0] * 60, 1, "scann")
        assert index.kind == "exact"
        queries = make_embeddings(4, seed=1)
        _, rows = index.search(queries, [0] * 4, 20)
        expected = rank_by_sorting(
            queries, embeddings, np.zeros(60), [0] * 4, 20
        )
        np.testing.assert_array_equal(rows, expected)

    def test_large_shelves_are_mostly_right_and_others_quite(self, monkeypatch):
        pytest.importorskip("scann")
        monkeypatch.setattr(catalogue_index, "_SMALLEST_FOR_SCANN", 1000)
        random = np.random.default_rng(2)
        # In clumps, as embeddings of garments are.
        clumps = random.normal(size=(40, 16))
        embeddings = clumps[random.integers(0, 40, 3000)]
        embeddings += 0.3 * random.normal(size=embeddings.shape)
        shelves = np.array([0] * 2500 + [1] * 500)
        queries = embeddings[:100] + 0.3 * random.normal(size=(100, 16))
        queries = queries.astype("float32")
        asked = np.arange(100) % 2
        index = CatalogueIndex(embeddings, shelves, 2, "scann")
        assert index.kind == "scann"
        search = tf.function(index.search)
        scores, rows = search(tf.constant(queries), tf.constant(asked), 10)
        embeddings = embeddings.astype("float32")
        expected = rank_by_sorting(queries, embeddings, shelves, asked, 10)
        hits = [
            len(set(found) & set(best)) / 10
            for found, best in zip(rows.numpy(), expected, strict=True)
        ]
        assert np.mean(hits[1::2]) == 1
        assert np.mean(hits[::2]) > 0.8
        # What is found has its true dot product.
        products = np.sum(queries[:, None] * embeddings[rows.numpy()], axis=2)
        np.testing.assert_allclose(scores, products, atol=1e-4)
        # Beyond what ScaNN proposes, all items are looked at.
        _, rows = search(tf.constant(queries), tf.constant(asked), 2500)
        expected = rank_by_sorting(queries, embeddings, shelves, asked, 2500)
        same = (rows.numpy() == expected).mean()
        assert same > 0.999  # All but neighbours that rounding swaps.


class TestArguments:
    @pytest.mark.parametrize(
        ("shelves", "num_shelves", "kind", "words"),
        [
            ([0, 0, 0], 1, "fast", "`kind` must be one of exact, scann"),
            ([0, 0], 1, "exact", r"got \(3, 5\) and \(2,\)"),
            ([0, -1, 0], 1, "exact", "`shelves` must not be negative"),
            ([0, 1, 0], 1, "exact", "`num_shelves` must exceed 1, got 1"),
        ],
    )
    def test_bad_argument_is_named(self, shelves, num_shelves, kind, words):
        with pytest.raises(ValueError, match=words):
            CatalogueIndex(make_embeddings(3), shelves, num_shelves, kind)
