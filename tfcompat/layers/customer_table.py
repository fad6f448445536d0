"""Customer embeddings by customer row."""

import numpy as np
import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class CustomerTable(keras.layers.Layer):
    """Looks up each customer's embedding; a stranger gets the average one.

    Filled by `load_embeddings` it serves what stage 1 has learnt, and is held
    fixed as in the paper. With `learned=True` it is trained with the rest:
    the paper's future work, customer embeddings learnt end to end.

    Args:
        num_customers: Number of known customers.
        dim: Size of an embedding, e.
        learned: Whether training moves the table.
        l2: Weight of the penalty on a learned table's mean squared norm. It
            shrinks customers of few votes towards the average.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        customers: int `[batch]` customer rows; -1, or any row outside the
            table, is an unknown customer.

    Returns:
        float `[batch, e]`.

    Raises:
        ValueError: If `num_customers` or `dim` is not positive.
    """

    def __init__(self, num_customers, dim, learned=False, l2=0.0, **kwargs):
        super().__init__(**kwargs)
        for name, value in (("num_customers", num_customers), ("dim", dim)):
            if value < 1:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.num_customers = num_customers
        self.dim = dim
        self.learned = learned
        self.l2 = l2

    def build(self, customers_shape):
        self.table = self.add_weight(
            name="table",
            shape=(self.num_customers, self.dim),
            initializer=keras.initializers.RandomNormal(
                stddev=0.1 if self.learned else 0.0
            ),
            trainable=self.learned,
        )
        self.built = True

    def load_embeddings(self, embeddings):
        """Fills the table, each dimension scaled to mean 0 and deviation 1.

        Args:
            embeddings: float `[num_customers, dim]`.

        Raises:
            ValueError: If the shape differs from the table's.
        """
        if not self.built:
            self.build(None)
        embeddings = np.asarray(embeddings, "float32")
        if embeddings.shape != (self.num_customers, self.dim):
            raise ValueError(
                f"`embeddings` must have shape ({self.num_customers}, "
                f"{self.dim}), got {embeddings.shape}."
            )
        spread = embeddings.std(axis=0)
        self.table.assign(
            (embeddings - embeddings.mean(axis=0))
            / np.where(spread > 0, spread, 1.0)
        )

    def call(self, customers):
        known = (customers >= 0) & (customers < self.num_customers)
        rows = tf.gather(self.table, tf.where(known, customers, 0))
        if self.learned and self.l2:
            self.add_loss(self.l2 * tf.reduce_mean(tf.square(rows)))
        # The average of the standardised table is zero.
        return tf.where(known[:, None], rows, 0.0)

    def get_config(self):
        return {
            **super().get_config(),
            "num_customers": self.num_customers,
            "dim": self.dim,
            "learned": self.learned,
            "l2": self.l2,
        }
