"""Ablation of the designer: customers as discrete labels."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class CustomerLabels(keras.layers.Layer):
    """Tells the decoder who asks by a discrete label, as many GANs do.

    The metric network knows no customer. An unknown one has no label at all.

    Args:
        num_customers: Number of known customers.
        dim: Size of a code.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        customers: int `[b]` customer rows; any row outside the table is an
            unknown customer.

    Returns:
        As `CustomerVectors`: ones, and one-hot `[b, num_customers]`.

    Raises:
        ValueError: If `num_customers` or `dim` is not positive.

    Reference:
        Yu et al. 2019, "Personalized fashion design", section 4.2, "Discrete
        user label".
    """

    def __init__(self, num_customers, dim=64, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        for name, value in (("num_customers", num_customers), ("dim", dim)):
            if value < 1:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.num_customers = num_customers
        self.dim = dim
        self.condition_dim = num_customers

    def call(self, customers):
        # Out-of-range rows come out as all zeros.
        labels = tf.one_hot(customers, self.num_customers)
        return tf.ones((tf.shape(customers)[0], self.dim)), labels

    def get_config(self):
        return {
            **super().get_config(),
            "num_customers": self.num_customers,
            "dim": self.dim,
        }
