"""Embeddings by id that leave room for the unknown id."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class MaskableEmbedding(keras.layers.Layer):
    """Looks up a row's embedding; the unknown has an embedding of its own.

    In training some ids are hidden at random. So the unknown's embedding is
    learnt, and what follows learns to judge by the other features: this is
    what makes cold start work.

    Args:
        num_ids: Number of known ids.
        dim: Size of an embedding.
        mask_rate: Share of ids hidden in training, in [0, 1).
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        ids: int `[n]`; anything outside [0, num_ids) is unknown.

    Returns:
        float `[n, dim]`.

    Raises:
        ValueError: If an argument is out of its range.
    """

    def __init__(self, num_ids, dim, mask_rate=0.0, **kwargs):
        super().__init__(**kwargs)
        # There may be no known id at all: a catalogue without brands.
        if num_ids < 0:
            raise ValueError(f"`num_ids` must not be negative, got {num_ids}.")
        if dim < 1:
            raise ValueError(f"`dim` must be positive, got {dim}.")
        if not 0 <= mask_rate < 1:
            raise ValueError(f"`mask_rate` must be in [0, 1), got {mask_rate}.")
        self.num_ids = num_ids
        self.dim = dim
        self.mask_rate = mask_rate

    def build(self, ids_shape):
        # Row 0 is the unknown.
        self.table = self.add_weight(
            name="table",
            shape=(self.num_ids + 1, self.dim),
            initializer=keras.initializers.RandomNormal(stddev=0.05),
        )
        super().build(ids_shape)

    def call(self, ids, training=False):
        known = (ids >= 0) & (ids < self.num_ids)
        if training and self.mask_rate:
            known &= tf.random.uniform(tf.shape(ids)) >= self.mask_rate
        return tf.gather(self.table, tf.where(known, ids + 1, 0))

    def get_config(self):
        return {
            **super().get_config(),
            "num_ids": self.num_ids,
            "dim": self.dim,
            "mask_rate": self.mask_rate,
        }
