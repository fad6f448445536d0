"""What is known of customers, as vectors that designs are made for."""

import tensorflow as tf
import tf_keras as keras

_START = 1.0


@keras.saving.register_keras_serializable(package="tfcompat")
class CustomerVectors(keras.layers.Layer):
    """The user vectors theta_u: they weigh an outfit and steer the decoder.

    The vectors start around 1, which leaves products of codes as they are, so
    that training begins with what suits everybody and learns each customer's
    deviation from it. The decoder is told the deviation in units of that at
    the start: as the vector is, it would drown among the codes' larger
    numbers. An unknown customer is the mean of the known ones.

    Args:
        num_customers: Number of known customers.
        dim: Size of a vector, that of a code.
        stddev: Deviation of the vectors at the start.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        customers: int `[b]` customer rows; any row outside the table is an
            unknown customer.

    Returns:
        Tuple of float32 `[b, dim]`, by which codes of outfits are multiplied,
        and float32 `[b, condition_dim]`, what the decoder is told.

    Raises:
        ValueError: If an argument is not positive.

    Reference:
        Yu et al. 2019, "Personalized fashion design", section 3.2. Departs
        from the paper, which does not say how the vectors start and tells the
        decoder the vector itself.
    """

    def __init__(self, num_customers, dim=64, stddev=0.1, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        for name, value in (
            ("num_customers", num_customers),
            ("dim", dim),
            ("stddev", stddev),
        ):
            if value <= 0:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.num_customers = num_customers
        self.dim = dim
        self.stddev = stddev
        self.condition_dim = dim

    def build(self, customers_shape):
        self.vectors = self.add_weight(
            name="vectors",
            shape=(self.num_customers, self.dim),
            initializer=keras.initializers.RandomNormal(_START, self.stddev),
        )
        self.built = True

    def call(self, customers):
        known = (customers >= 0) & (customers < self.num_customers)
        rows = tf.gather(self.vectors, tf.where(known, customers, 0))
        stranger = tf.stop_gradient(tf.reduce_mean(self.vectors, axis=0))
        vectors = tf.where(known[:, None], rows, stranger)
        return vectors, self.condition(vectors)

    def condition(self, vectors):
        """What the decoder is told of customers with these vectors.

        Args:
            vectors: float `[b, dim]`, of known customers or from
                `Designer.fold_in`.

        Returns:
            float32 `[b, condition_dim]`.
        """
        return (vectors - _START) / self.stddev

    def extended(self, vectors):
        """This table with further customers at its end.

        Args:
            vectors: float `[n, dim]`, as `Designer.fold_in` returns them.

        Returns:
            A built `CustomerVectors` of `num_customers + n` customers.
        """
        together = tf.concat([self.vectors, vectors], axis=0)
        grown = CustomerVectors(len(together), self.dim, self.stddev)
        grown.build(None)
        grown.vectors.assign(together)
        return grown

    def get_config(self):
        return {
            **super().get_config(),
            "num_customers": self.num_customers,
            "dim": self.dim,
            "stddev": self.stddev,
        }
