"""Seeded sampling of the third item of triplets."""

import numpy as np
import tensorflow as tf


class TripletSampler:
    """Makes triplets of pair votes: query, positive, negative.

    The third item is drawn uniformly from the candidate's group, other than
    the candidate itself. It takes the negative's place when the customer liked
    the pair, and the positive's when not. What is drawn is only assumed to be
    worse, or better, than what the customer judged: the paper's noise.

    Args:
        groups: int `[items]`, the group of each item.

    Raises:
        ValueError: If `groups` is empty.

    Reference:
        PSA-Net, section III-C.1 and eq. 3.
    """

    def __init__(self, groups):
        groups = np.asarray(groups)
        if not groups.size:
            raise ValueError("`groups` is empty.")
        order = np.argsort(groups, kind="stable")
        counts = np.bincount(groups)
        starts = np.cumsum(counts) - counts
        places = np.empty(len(groups), np.int32)
        places[order] = np.arange(len(groups))
        self._members = tf.constant(order, tf.int32)  # Group by group.
        self._places = tf.constant(places - starts[groups], tf.int32)
        self._starts = tf.constant(starts[groups], tf.int32)
        self._counts = tf.constant(counts[groups], tf.int32)

    def triplets(self, candidates, labels, seed):
        """Draws one other item for each vote.

        Args:
            candidates: int32 `[b, 1]`, item rows.
            labels: float32 `[b, 1]`, 1 = compatible.
            seed: int64 `[2]`, decides the draw; another one draws anew.

        Returns:
            `(candidates, labels)`: int32 `[b, 2]` positive and negative, and
            float32 `[b, 2]`, all `[1, 0]`. In a group of one item the drawn
            item is the candidate itself.
        """
        given = candidates[:, 0]
        count = tf.gather(self._counts, given)
        draws = tf.random.stateless_uniform(
            tf.shape(given), seed, None, None, tf.int32
        )  # Over all of int32, so that the remainder is even enough.
        # Skipping 1 to count - 1 places ahead never lands on the item itself.
        skip = 1 + draws % tf.maximum(count - 1, 1)
        place = (tf.gather(self._places, given) + skip) % count
        start = tf.gather(self._starts, given)
        drawn = tf.gather(self._members, start + place)
        pair = tf.stack([given, drawn], axis=1)
        liked = labels > 0.5  # [b, 1]
        pair = tf.where(liked, pair, pair[:, ::-1])
        ordered = tf.tile([[1.0, 0.0]], [tf.shape(pair)[0], 1])
        return pair, ordered
