"""How much a customer likes each item of a pair by itself."""

import numpy as np
import tensorflow as tf
import tf_keras as keras


@keras.saving.register_keras_serializable(package="tfcompat")
class ItemLiking(keras.layers.Layer):
    """Adds the customer's liking and everybody's liking of single items.

    The paper's future work: a customer's opinion on a pair also depends on
    what they think of its items. What stage 1 knows of both, the liking
    `customer_tastes[c] . item_tastes[i]` and the popularity of item i, is held
    fixed; five numbers are learnt: how much each counts for the query and for
    the candidate, and an offset.

    Args:
        num_customers: Number of known customers.
        num_items: Number of known items.
        dim: Size of the tastes, r.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        inputs: Dict of "customer" `[batch]`, "item_rows" `[items]`, "query"
            `[batch]` and "candidates" `[batch, candidates]`, all int, as
            `SubspaceNet` takes them. Unknown customers and items count 0.

    Returns:
        float `[batch, candidates]`; higher is liked more.

    Raises:
        ValueError: If an argument is not positive.

    Reference:
        PSA-Net, section V.
    """

    def __init__(self, num_customers, num_items, dim, **kwargs):
        super().__init__(**kwargs)
        for name, value in (
            ("num_customers", num_customers),
            ("num_items", num_items),
            ("dim", dim),
        ):
            if value < 1:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.num_customers = num_customers
        self.num_items = num_items
        self.dim = dim

    def build(self, inputs_shape):
        def table(name, *shape):
            return self.add_weight(
                name=name, shape=shape, initializer="zeros", trainable=False
            )

        self.customer_tastes = table(
            "customer_tastes", self.num_customers, self.dim
        )
        self.item_tastes = table("item_tastes", self.num_items, self.dim)
        self.popularity = table("popularity", self.num_items)
        # Query's liking, candidate's, query's popularity, candidate's, offset.
        self.scales = self.add_weight(
            name="scales",
            shape=(5,),
            initializer=keras.initializers.Constant([0.1, 0.1, 0.1, 0.1, 0.0]),
        )
        self.built = True

    def load_tastes(self, customer_tastes, item_tastes, popularity):
        """Fills the tables, scaled to likings and popularity of deviation 1.

        Args:
            customer_tastes: float `[num_customers, dim]`.
            item_tastes: float `[num_items, dim]`.
            popularity: float `[num_items]`.
        """
        if not self.built:
            self.build(None)
        # The mean of (c . i)^2 over all customers and items, without the
        # matrix of all pairs.
        second = customer_tastes.T @ customer_tastes / len(customer_tastes)
        mean_square = np.mean((item_tastes @ second) * item_tastes) * self.dim
        self.customer_tastes.assign(customer_tastes)
        self.item_tastes.assign(item_tastes / max(mean_square, 1e-12) ** 0.5)
        self.popularity.assign(popularity / max(np.std(popularity), 1e-6))

    def _items(self, rows):
        known = (rows >= 0) & (rows < self.num_items)
        rows = tf.where(known, rows, 0)
        return (
            tf.where(known[..., None], tf.gather(self.item_tastes, rows), 0.0),
            tf.where(known, tf.gather(self.popularity, rows), 0.0),
        )

    def _customers(self, rows):
        known = (rows >= 0) & (rows < self.num_customers)
        tastes = tf.gather(self.customer_tastes, tf.where(known, rows, 0))
        return tf.where(known[:, None], tastes, 0.0)

    def call(self, inputs):
        customers = self._customers(inputs["customer"])  # [b, r]
        tastes, popularity = self._items(inputs["item_rows"])
        liking = tf.einsum(
            "br,bir->bi",
            customers,
            tf.gather(
                tastes,
                tf.concat(
                    [inputs["query"][:, None], inputs["candidates"]], axis=1
                ),
            ),
        )  # [b, 1 + c]
        scales = tf.unstack(self.scales)
        query = scales[2] * tf.gather(popularity, inputs["query"])
        candidates = scales[3] * tf.gather(popularity, inputs["candidates"])
        return (
            (scales[0] * liking[:, 0] + query)[:, None]
            + scales[1] * liking[:, 1:]
            + candidates
            + scales[4]
        )

    def index_constant(self, inputs):
        """What an index's dot product leaves out: float `[batch]`.

        The query's own share, which is the same for all candidates.
        """
        tastes, popularity = self._items(inputs["item_rows"])
        liking = tf.reduce_sum(
            self._customers(inputs["customer"])
            * tf.gather(tastes, inputs["query"]),
            axis=-1,
        )
        scales = tf.unstack(self.scales)
        query = scales[2] * tf.gather(popularity, inputs["query"])
        return scales[0] * liking + query + scales[4]

    def index_query(self, inputs):
        """What to append to an index's query: float `[batch, r + 1]`."""
        tastes = self._customers(inputs["customer"])
        ones = tf.ones_like(tastes[:, :1])
        return tf.concat([self.scales[1] * tastes, ones], axis=-1)

    def index_candidate(self, inputs):
        """What to append to an index's candidates: `[items, r + 1]`."""
        tastes, popularity = self._items(inputs["item_rows"])
        return tf.concat(
            [tastes, self.scales[3] * popularity[:, None]], axis=-1
        )

    def get_config(self):
        return {
            **super().get_config(),
            "num_customers": self.num_customers,
            "num_items": self.num_items,
            "dim": self.dim,
        }
