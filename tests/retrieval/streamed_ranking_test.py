import numpy as np
import pytest
import tensorflow as tf

from tfcompat.retrieval.streamed_ranking import rank_streamed


def stream(embeddings, rows=None, batch=7):
    rows = np.arange(len(embeddings)) if rows is None else np.array(rows)
    data = (rows.astype("int32"), embeddings.astype("float32"))
    return tf.data.Dataset.from_tensor_slices(data).batch(batch)


class TestRankStreamed:
    def test_by_hand(self):
        items = np.array([[1, 0], [0, 2], [3, 3]])
        scores, rows = rank_streamed(
            [[1, 0], [0, -1]], stream(items, rows=[10, 20, 30]), 2
        )
        np.testing.assert_array_equal(scores, [[3, 1], [0, -2]])
        np.testing.assert_array_equal(rows, [[30, 10], [10, 20]])

    @pytest.mark.parametrize(("k", "at_once"), [(1, 1024), (10, 4), (99, 5)])
    def test_ranks_as_sorting_does(self, k, at_once):
        random = np.random.default_rng(0)
        items = random.normal(size=(50, 6)).astype("float32")
        queries = random.normal(size=(13, 6)).astype("float32")
        scores, rows = rank_streamed(queries, stream(items), k, at_once)
        expected = np.argsort(-queries @ items.T, axis=1)[:, :k]
        np.testing.assert_array_equal(rows, expected)
        np.testing.assert_allclose(
            scores, -np.sort(-queries @ items.T, axis=1)[:, :k], rtol=1e-4
        )

    def test_no_queries(self):
        scores, rows = rank_streamed(np.zeros((0, 2)), stream(np.eye(2)), 2)
        assert scores.shape == rows.shape == (0, 2)

    @pytest.mark.parametrize("arguments", [(0, 1), (1, 0)])
    def test_bad_argument_is_named(self, arguments):
        with pytest.raises(ValueError, match="must be positive, got 0"):
            rank_streamed(np.eye(2), stream(np.eye(2)), *arguments)
