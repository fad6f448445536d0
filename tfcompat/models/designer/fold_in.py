"""Learning the vectors of new customers with everything else fixed."""

import tensorflow as tf

from tfcompat.losses.bpr import BPRLoss

# Of Adam, as everywhere.
_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-7


def fit_vectors(
    metric_network, start, scores_of, owners, num_customers, steps, rate, pull
):
    """Minimises eq. 10 over customers' vectors alone, by Adam.

    All customers at once: none shares a term with another, so each ends where
    it would have ended alone.

    Args:
        metric_network: `MetricNetwork`.
        start: float `[d]`, where every vector starts and is pulled to.
        scores_of: float `[p, 1 + k, d]` codes of outfits: a liked one, then
            the k that it shall beat.
        owners: int32 `[p]` in `[0, num_customers)`: whose outfits these are.
        num_customers: int32 scalar.
        steps: int32 scalar.
        rate: float scalar, learning rate.
        pull: float scalar, weight of the mean squared distance from `start`.

    Returns:
        float `[num_customers, d]`; those without an outfit stay at `start`.
    """
    count = tf.math.unsorted_segment_sum(
        tf.ones_like(owners, tf.float32), owners, num_customers
    )
    share = tf.math.reciprocal_no_nan(tf.gather(count, owners))  # [p]
    is_liked = tf.one_hot(tf.zeros_like(owners), tf.shape(scores_of)[1])
    bpr = BPRLoss(reduction="none")

    def gradient(vectors):
        with tf.GradientTape() as tape:
            tape.watch(vectors)
            weighed = tf.gather(vectors, owners)[:, None, :] * scores_of
            costs = bpr(is_liked, metric_network(weighed))
            distance = tf.reduce_mean(tf.square(vectors - start), axis=-1)
            loss = tf.reduce_sum(share * costs) + pull * tf.reduce_sum(distance)
        return tape.gradient(loss, vectors)

    vectors = tf.tile(start[None], [num_customers, 1])
    mean = square = tf.zeros_like(vectors)
    for step in tf.range(1, steps + 1):
        slope = tf.convert_to_tensor(gradient(vectors))
        time = tf.cast(step, tf.float32)
        mean = _BETA_1 * mean + (1.0 - _BETA_1) * slope
        square = _BETA_2 * square + (1.0 - _BETA_2) * tf.square(slope)
        size = tf.sqrt(square / (1.0 - _BETA_2**time)) + _EPSILON
        vectors -= rate * mean / (1.0 - _BETA_1**time) / size
    return vectors
