import numpy as np
import pytest
import tensorflow as tf

from tfcompat.data.errors import InputError
from tfcompat.retrieval.approximate_shelf import ApproximateShelf

pytest.importorskip("scann")


def make_embeddings(items=1500):
    random = np.random.default_rng(0)
    clumps = random.normal(size=(30, 8))
    noise = 0.2 * random.normal(size=(items, 8))
    return (clumps[random.integers(0, 30, items)] + noise).astype("float32")


class TestSearch:
    def test_proposals_come_with_their_true_dot_products(self):
        embeddings = make_embeddings()
        shelf = ApproximateShelf(embeddings, shortlist=60)
        queries = embeddings[:20]
        products, places = tf.function(shelf.search)(tf.constant(queries), 10)
        true = np.sum(queries[:, None] * embeddings[places.numpy()], axis=2)
        np.testing.assert_allclose(products, true, rtol=1e-5)
        assert (np.diff(products) <= 0).all()

    def test_more_than_it_proposes_well_is_searched_exactly(self):
        embeddings = make_embeddings()
        shelf = ApproximateShelf(embeddings, shortlist=60, leaves_searched=0.01)
        queries = embeddings[:20]
        products, _ = tf.function(shelf.search)(tf.constant(queries), 31)
        exact = -np.sort(-queries @ embeddings.T, axis=1)[:, :31]
        np.testing.assert_allclose(products, exact, rtol=1e-4)

    def test_leaves_that_hold_too_little_are_made_up_for(self):
        embeddings = make_embeddings()
        shelf = ApproximateShelf(
            embeddings, shortlist=1000, leaves_searched=0.01
        )
        estimates, _ = shelf._layer(tf.constant(embeddings[:5]), k=1000)
        assert estimates.shape[1] < 500 or np.isnan(estimates).any()
        products, _ = shelf.search(tf.constant(embeddings[:5]), 500)
        exact = -np.sort(-embeddings[:5] @ embeddings.T, axis=1)[:, :500]
        np.testing.assert_allclose(products, exact, atol=1e-4)

    def test_no_queries(self):
        shelf = ApproximateShelf(make_embeddings())
        products, places = shelf.search(tf.zeros([0, 8]), 10)
        assert products.shape == places.shape == (0, 10)


class TestArguments:
    @pytest.mark.parametrize(
        ("items", "settings", "words"),
        [
            (999, {}, "at least 1000 items, got 999"),
            (1000, {"shortlist": 0}, "`shortlist` must be positive, got 0"),
            (1000, {"leaves_searched": 0}, r"must be in \(0, 1\], got 0"),
        ],
    )
    def test_bad_argument_is_named(self, items, settings, words):
        with pytest.raises(ValueError, match=words):
            ApproximateShelf(make_embeddings(items), **settings)

    def test_a_missing_scann_is_named(self, monkeypatch):
        from tensorflow_recommenders.layers import factorized_top_k

        monkeypatch.setattr(factorized_top_k, "_HAVE_SCANN", False)
        with pytest.raises(InputError, match="needs scann: pip install scann"):
            ApproximateShelf(make_embeddings())
