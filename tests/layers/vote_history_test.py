import numpy as np
import pytest
import tensorflow as tf

from tfcompat.layers.vote_history import VoteHistory

EMBEDDINGS = np.array([[1.0, 0.0], [0.0, 2.0], [4.0, 4.0]], "float32")


class TestVoteHistory:
    def test_liked_less_disliked_by_hand(self):
        # (+[1, 0] - [0, 2]) / (2 votes + 2 prior votes).
        history = VoteHistory(prior_votes=2)(
            EMBEDDINGS, np.array([[0, 1, 2]]), np.array([[1, -1, 0]], "int8")
        )
        np.testing.assert_allclose(history, [[0.25, -0.5]])

    def test_no_votes_give_zeros(self):
        history = VoteHistory(prior_votes=0)(
            EMBEDDINGS, np.zeros((1, 3), int), np.zeros((1, 3), "int8")
        )
        np.testing.assert_array_equal(history, [[0.0, 0.0]])

    def test_order_of_votes_does_not_matter(self):
        layer = VoteHistory()
        a = layer(EMBEDDINGS, np.array([[0, 2]]), np.array([[1, -1]], "int8"))
        b = layer(EMBEDDINGS, np.array([[2, 0]]), np.array([[-1, 1]], "int8"))
        np.testing.assert_allclose(a, b)

    def test_training_reads_a_random_part(self):
        tf.random.set_seed(0)
        votes = np.ones((500, 40), "int8")
        history = VoteHistory(prior_votes=0)(
            np.ones((1, 1), "float32"),
            np.zeros((500, 40), int),
            votes,
            training=True,
        )
        # The mean of ones is one whatever part is read, and zero for none.
        assert set(np.round(history.numpy().ravel(), 5)) == {0.0, 1.0}
        spread = VoteHistory(prior_votes=40)(
            np.ones((1, 1), "float32"),
            np.zeros((500, 40), int),
            votes,
            training=True,
        ).numpy()
        # n / (n + 40) runs from 0 for none to 1/2 for all 40.
        assert spread.min() < 0.05
        assert spread.max() > 0.45

    def test_gradient_reaches_the_items(self):
        embeddings = tf.Variable(EMBEDDINGS)
        with tf.GradientTape() as tape:
            history = VoteHistory(prior_votes=0)(
                embeddings, np.array([[0, 1]]), np.array([[1, -1]], "int8")
            )
        gradient = tape.gradient(history, embeddings)
        # Each vote's sign over the two votes.
        np.testing.assert_allclose(
            gradient, [[0.5, 0.5], [-0.5, -0.5], [0.0, 0.0]]
        )

    def test_negative_prior_is_an_error(self):
        with pytest.raises(ValueError, match="must not be negative, got -1"):
            VoteHistory(prior_votes=-1)
