"""Seeds for the noise of a training step, the same when it is run again."""

import tensorflow as tf


def step_seed(seed, step, purpose=0):
    """A seed for one use of random numbers in one training step.

    Random numbers that depend on nothing but this leave a run that was killed
    and resumed with the weights of one that was not. Replicas draw
    differently, as each has its own part of the batch.

    Args:
        seed: int, the model's.
        step: int scalar tensor, number of the step.
        purpose: int, tells the uses within a step apart.

    Returns:
        int `[2]` for `tf.random.stateless_*`.
    """
    context = tf.distribute.get_replica_context()
    replica = 0 if context is None else context.replica_id_in_sync_group
    key = tf.stack([tf.constant(seed, tf.int64), tf.cast(step, tf.int64)])
    for data in (purpose, replica):
        key = tf.random.experimental.stateless_fold_in(key, data)
    return key


def content_seeds(images, seed=0):
    """A seed for each image that depends on its pixels alone.

    Noise drawn from it makes a model's answer to an image the same whatever
    stands beside it in the batch, and other images' answers different.

    Args:
        images: float `[n, h, w, c]` in [0, 1].
        seed: int, the model's.

    Returns:
        int64 `[n, 2]`.
    """
    pixels = tf.reshape(images, (tf.shape(images)[0], -1))
    # Whole numbers, since sums of floats depend on how they are grouped.
    pixels = tf.cast(tf.round(255.0 * tf.cast(pixels, tf.float32)), tf.int64)
    places = tf.range(1, 1 + tf.shape(pixels)[1], dtype=tf.int64)
    check_sums = tf.reduce_sum(pixels * (places * places % 65_521), axis=1)
    return tf.stack(
        [
            check_sums,
            tf.fill(tf.shape(check_sums), tf.constant(seed, tf.int64)),
        ],
        axis=1,
    )
