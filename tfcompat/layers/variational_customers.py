"""Customers as distributions: sure of those who have said much."""

import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class VariationalCustomers(keras.layers.Layer):
    """Learns each customer's embedding as a Gaussian around a common prior.

    A hundred votes leave much doubt about a customer. Where a point estimate
    would fit their noise, here training samples from what is still possible
    and pays `KL(q(z) || N(0, 1))` for leaving the prior; a customer of few
    votes stays near the average, where a stranger is.

    Args:
        num_customers: Number of known customers.
        dim: Size of an embedding, z.
        kl_weight: Weight of the divergence, summed over all customers.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        customers: int `[batch]` customer rows; any row outside the table is
            an unknown customer, embedded as the prior's mean, 0.
        training: Whether to sample; else the means are returned.

    Returns:
        float `[batch, z]`. Adds the divergence to the losses in training.

    Raises:
        ValueError: If an argument is not positive.

    Reference:
        Kingma and Welling 2014, https://arxiv.org/abs/1312.6114, eq. 10.
    """

    def __init__(self, num_customers, dim, kl_weight=1.0, **kwargs):
        super().__init__(**kwargs)
        for name, value in (
            ("num_customers", num_customers),
            ("dim", dim),
            ("kl_weight", kl_weight),
        ):
            if value <= 0:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.num_customers = num_customers
        self.dim = dim
        self.kl_weight = kl_weight

    def build(self, customers_shape):
        shape = (self.num_customers, self.dim)
        self.means = self.add_weight(
            name="means",
            shape=shape,
            initializer=keras.initializers.RandomNormal(stddev=0.05),
        )
        # Starts surer than the prior, else the first epochs see only noise.
        self.log_deviations = self.add_weight(
            name="log_deviations",
            shape=shape,
            initializer=keras.initializers.Constant(-1.5),
        )
        self.built = True

    def divergence(self):
        """KL divergence of all customers from the prior; a scalar."""
        return 0.5 * tf.reduce_sum(
            tf.square(self.means)
            + tf.exp(2.0 * self.log_deviations)
            - 2.0 * self.log_deviations
            - 1.0
        )

    def call(self, customers, training=False):
        known = (customers >= 0) & (customers < self.num_customers)
        rows = tf.where(known, customers, 0)
        means = tf.gather(self.means, rows)
        if training:
            deviations = tf.exp(tf.gather(self.log_deviations, rows))
            means += deviations * tf.random.normal(tf.shape(means))
        return tf.where(known[:, None], means, 0.0)

    def get_config(self):
        return {
            **super().get_config(),
            "num_customers": self.num_customers,
            "dim": self.dim,
            "kl_weight": self.kl_weight,
        }
