"""Ranking by a model that leaves a vote out when it scores the item itself."""

import tensorflow as tf

from tfcompat.retrieval.row_blocks import rank_in_blocks

_CELLS = 4_000_000  # History cells laid out at once; some 100 MB.


class OwnVotesLeftOut(tf.Module):
    """Ranks items with the very scores that the model gives to pairs.

    StyNet and two-tower judge a customer by past votes, but leave out the
    vote on the item that is asked about: it would tell the answer. So a
    customer has one embedding for all items she has not voted on, by which
    they are searched at once, and another one for each that she has voted on.
    Those few are scored one by one, and take the place of what the search
    found of them.

    Args:
        model: `StyNet` or `TwoTower`.
        search: Function from int32 `[c]` customer rows and a number m to the
            best m ranked items by whole histories: int32 `[c, m]` rows, and
            float32 `[c, m]` scores.
        ranked: int array, rows of the items to rank, ascending.
        block: Most customers that `search` takes at a time.
    """

    def __init__(self, model, search, ranked, block):
        super().__init__(name="own_votes_left_out")
        self.model = model
        self.search = search
        self.num_ranked = len(ranked)
        self.block = block
        is_ranked = tf.scatter_nd(
            tf.constant(ranked, tf.int32)[:, None],
            tf.ones(len(ranked), tf.bool),
            [model.towers.item_tower.num_items],
        )
        self.is_ranked = tf.Variable(
            is_ranked, trainable=False, name="is_ranked"
        )

    def rank(self, customers, count):
        """The best items; equal scores in the order of rows.

        Args:
            customers: int32 `[b]` rows, -1 = unknown.
            count: int32 scalar, number of items.

        Returns:
            Tuple of int32 `[b, m]` item rows and float32 `[b, m]` scores, m =
            `count` or the number of ranked items, if that is less.
        """
        history = self.model.towers.history_size
        return rank_in_blocks(
            lambda rows: self._rank_block(rows, count),
            customers,
            min(self.block, max(_CELLS // history**2, 1)),
        )

    def _rank_block(self, customers, count):
        voted, votes = self.model.towers.past_votes({"customer": customers})
        history = self.model.towers.history_size
        own = self.model(
            {
                "customer": tf.repeat(customers, history),
                "item": tf.reshape(voted, [-1]),
            }
        )
        own = tf.reshape(own, tf.shape(voted))  # [c, h]
        is_vote = votes != 0
        is_vote &= tf.gather(self.is_ranked, tf.maximum(voted, 0))
        found, scores = self.search(
            customers, tf.minimum(count + history, self.num_ranked)
        )  # [c, m + h]
        items = tf.concat([tf.where(is_vote, voted, -1), found], axis=1)
        scores = tf.concat(
            [tf.where(is_vote, own, -float("inf")), scores], axis=1
        )
        # By row, so that equal scores come in that order. Of the same item
        # the first counts: what is voted on stands before what is found.
        order = tf.argsort(items, axis=1, stable=True)
        items = tf.gather(items, order, batch_dims=1)
        scores = tf.gather(scores, order, batch_dims=1)
        is_again = items[:, 1:] == items[:, :-1]
        is_again = tf.pad(is_again, [[0, 0], [1, 0]])
        best, places = tf.math.top_k(
            tf.where(is_again, -float("inf"), scores),
            tf.minimum(count, self.num_ranked),
        )
        return tf.gather(items, places, batch_dims=1), best
