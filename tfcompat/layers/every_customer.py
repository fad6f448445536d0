"""Ablation of the designer: the same for everybody."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class EveryCustomer(keras.layers.Layer):
    """Tells neither metric network nor decoder anything of the customer.

    Args:
        dim: Size of a code.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        customers: int `[b]`; only how many there are counts.

    Returns:
        As `CustomerVectors`: ones, and float32 `[b, 0]`.

    Raises:
        ValueError: If `dim` is not positive.

    Reference:
        Yu et al. 2019, "Personalized fashion design", section 4.2, "User
        unaware design".
    """

    def __init__(self, dim=64, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        if dim < 1:
            raise ValueError(f"`dim` must be positive, got {dim}.")
        self.dim = dim
        self.condition_dim = 0

    def call(self, customers):
        count = tf.shape(customers)[0]
        return tf.ones((count, self.dim)), tf.zeros((count, 0))

    def get_config(self):
        return {**super().get_config(), "dim": self.dim}
