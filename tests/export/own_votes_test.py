import types

import numpy as np
import pytest
import tensorflow as tf

from tfcompat.export.own_votes import OwnVotesLeftOut

# By whole histories customer 0 scores the items so; 6 items, 0 and 4 alike.
WHOLE = np.float32([[0.5, 0.9, 0.8, 0.1, 0.5, 0.7]])
# And without the vote on the item itself, for those voted on.
LEFT_OUT = {1: 0.2, 3: 0.5}


class FakeModel:
    """A customer who voted on items 1 and 3; on 3 twice."""

    def __init__(self, items=(1, 3, 3, -1), votes=(1, -1, -1, 0)):
        self.history = np.int32([items]), np.int8([votes])
        self.towers = types.SimpleNamespace(
            history_size=len(items),
            item_tower=types.SimpleNamespace(num_items=6),
            past_votes=self._past_votes,
        )

    def _past_votes(self, inputs):
        rows = tf.zeros_like(inputs["customer"])
        return tuple(tf.gather(part, rows) for part in self.history)

    def __call__(self, inputs):
        scores = [LEFT_OUT.get(item, 9.0) for item in inputs["item"].numpy()]
        return tf.constant(scores, tf.float32)


def rank(count, ranked=range(6), model=None, rows=1):
    ranked = np.array(ranked)

    def search(customers, number):
        scores = tf.gather(WHOLE[:, ranked], tf.zeros_like(customers))
        scores, places = tf.math.top_k(scores, number)
        return tf.gather(tf.constant(ranked, tf.int32), places), scores

    own = OwnVotesLeftOut(model or FakeModel(), search, ranked, block=2)
    items, scores = own.rank(tf.zeros(rows, tf.int32), tf.constant(count))
    return items.numpy().tolist(), scores.numpy()


class TestOwnVotesLeftOut:
    def test_items_voted_on_stand_where_their_own_score_puts_them(self):
        # Of the items not voted on: 2 (.8), 5 (.7), 0 and 4 (.5). Item 3 has
        # .5 too, and equal scores come in the order of rows; 1 is last (.2).
        items, scores = rank(6)
        assert items == [[2, 5, 0, 3, 4, 1]]
        np.testing.assert_allclose(scores, [[0.8, 0.7, 0.5, 0.5, 0.5, 0.2]])

    @pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
    def test_a_shorter_list_is_the_head_of_a_longer_one(self, count):
        assert rank(count)[0] == [rank(6)[0][0][:count]]

    def test_a_list_ends_with_the_catalogue(self):
        assert rank(100)[0] == rank(6)[0]

    def test_only_ranked_items_are_found(self):
        # 3 is voted on, but no longer in the catalogue.
        assert rank(6, ranked=[0, 1, 4, 5])[0] == [[5, 0, 4, 1]]

    def test_without_votes_the_search_stands(self):
        nobody = FakeModel(items=(-1,), votes=(0,))
        assert rank(6, model=nobody)[0] == [[1, 2, 5, 0, 4, 3]]

    def test_every_customer_of_a_batch(self):
        assert rank(2, rows=5)[0] == [[2, 5]] * 5

    def test_nothing_for_nobody(self):
        assert rank(2, rows=0)[1].shape == (0, 2)
