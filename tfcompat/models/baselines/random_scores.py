"""Random scores, the floor under every other model."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class RandomScores(keras.Model):
    """Gives every pair of items a random score, the same each time.

    The score is a hash of the two rows and the seed, so that it is the same
    in whatever list a candidate stands.

    Args:
        seed: Another one gives unrelated scores.
        **kwargs: Passed to `keras.Model`.

    Call arguments:
        inputs: Dict as `make_dataset` yields it; "item_rows", "query" and
            "candidates" are read.

    Returns:
        float32 `[b, c]` in [0, 1).
    """

    def __init__(self, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed

    def call(self, inputs, training=False):
        rows = self.embed_candidate(inputs)
        return self._draw(
            self.embed_query(inputs)[:, None],
            tf.gather(rows, inputs["candidates"]),
        )

    def embed_query(self, inputs):
        """int32 `[b]`, the rows of the query items."""
        return tf.gather(inputs["item_rows"], inputs["query"])

    def embed_candidate(self, inputs):
        """int32 `[u]`, the rows of all items of the batch."""
        return tf.convert_to_tensor(inputs["item_rows"])

    def match(self, queries, candidates):
        """float32 `[b, n]` scores."""
        return self._draw(queries[:, None], candidates[None])

    def _draw(self, queries, candidates):
        mixed = _mix(
            tf.cast(queries, tf.uint32) + tf.cast(self.seed, tf.uint32)
        )
        mixed = _mix(mixed ^ tf.cast(candidates, tf.uint32))
        # Without the sign: uint32 cannot be made a float by every kernel.
        positive = tf.cast(tf.bitwise.right_shift(mixed, _u(1)), tf.int64)
        return tf.cast(positive, tf.float32) / 2.0**31

    def get_build_config(self):
        return {}

    def build_from_config(self, config):
        self.built = True

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


def _u(value):
    return tf.constant(value, tf.uint32)


def _mix(x):
    """Spreads every bit over all 32 (the finaliser of MurmurHash3)."""
    x = tf.bitwise.bitwise_xor(x, tf.bitwise.right_shift(x, _u(16)))
    x = x * _u(0x85EBCA6B)
    x = tf.bitwise.bitwise_xor(x, tf.bitwise.right_shift(x, _u(13)))
    x = x * _u(0xC2B2AE35)
    return tf.bitwise.bitwise_xor(x, tf.bitwise.right_shift(x, _u(16)))
