"""Both towers and the tables they read: customers and items by row."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.customer_tower import CustomerTower
from tfcompat.layers.item_tower import ItemTower
from tfcompat.layers.nested_parts import NestedParts
from tfcompat.layers.vote_history import VoteHistory


def _lookup(table, rows, unknown):
    """Rows of a table; `unknown` throughout for a row outside it."""
    known = (rows >= 0) & (rows < table.shape[0])
    found = tf.gather(table, tf.where(known, rows, 0))
    known = tf.reshape(known, tf.concat([tf.shape(known), [1]], 0))
    if found.shape.rank == rows.shape.rank:
        known = known[..., 0]
    return tf.where(known, found, tf.cast(unknown, found.dtype))


@keras.saving.register_keras_serializable(package="tfcompat")
class CustomerItemTowers(NestedParts, keras.layers.Layer):
    """Embeds customers and items, known by their row or new by their features.

    The features of known customers and items are weights that training does
    not move, so a saved model needs nothing but row numbers. For a new
    customer or item the row is -1 and the inputs hold the features.

    A customer's past votes enter through the item tower's own embeddings, so
    that a liked item tells something of items like it. The vote on the very
    item that is asked about is always left out; see `VoteHistory` for why
    this alone would not do.

    Args:
        customer_tower: `CustomerTower`.
        item_tower: `ItemTower`.
        history: `VoteHistory`.
        survey_dim: Number of survey features, s.
        history_size: Most past votes of a customer, h.
        attributes_dim: Number of attribute features, a.
        visual_dim: Number of garment features from images, f.
        **kwargs: Passed to `keras.layers.Layer`.

    Call arguments:
        inputs: Dict of "customer" and "item", int `[b]` rows, -1 = unknown,
            and perhaps the keys that `embed_customer` and `embed_item` take.

    Returns:
        Tuple of float32 `[b, e]` customer and `[b, e]` item embeddings.

    Raises:
        ValueError: If the towers embed in different sizes, or know nobody or
            nothing.
    """

    part_names = ("customer_tower", "item_tower", "history")

    def __init__(
        self,
        customer_tower,
        item_tower,
        history,
        survey_dim,
        history_size,
        attributes_dim,
        visual_dim,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if customer_tower.embedding_dim != item_tower.embedding_dim:
            raise ValueError(
                "`customer_tower` and `item_tower` must have one "
                f"`embedding_dim`, got {customer_tower.embedding_dim} and "
                f"{item_tower.embedding_dim}."
            )
        for name, value in (
            ("customer_tower.num_customers", customer_tower.num_customers),
            ("item_tower.num_items", item_tower.num_items),
            ("history_size", history_size),
        ):
            if value < 1:
                raise ValueError(f"`{name}` must be positive, got {value}.")
        self.customer_tower = customer_tower
        self.item_tower = item_tower
        self.history = history
        self.survey_dim = survey_dim
        self.history_size = history_size
        self.attributes_dim = attributes_dim
        self.visual_dim = visual_dim

    @classmethod
    def from_tables(
        cls, tables, *, embedding_dim=32, hidden_units=64, id_mask_rate=0.3
    ):
        """Makes towers of the size of a wardrobe, their tables filled.

        Args:
            tables: Dict of arrays: "survey" `[customers, s]`,
                "history_items" and "history_votes" `[customers, h]`,
                "category" and "brand" `[items]`, "attributes" `[items, a]`,
                "visual" `[items, f]`.
            embedding_dim: Size of the embeddings, e.
            hidden_units: Width of each tower's hidden layer.
            id_mask_rate: Share of ids taken for unknown in training.

        Returns:
            Built `CustomerItemTowers`.
        """
        customers, survey_dim = tables["survey"].shape
        items, attributes_dim = tables["attributes"].shape
        widths = (embedding_dim, hidden_units, id_mask_rate)
        kinds = (
            int(tables[name].max(initial=-1)) + 1
            for name in ("category", "brand")
        )
        towers = cls(
            CustomerTower(customers, *widths),
            ItemTower(items, *kinds, *widths),
            VoteHistory(),
            survey_dim=survey_dim,
            history_size=tables["history_items"].shape[1],
            attributes_dim=attributes_dim,
            visual_dim=tables["visual"].shape[1],
        )
        towers.build(None)  # The sizes are known without any input.
        for name, table in towers.tables.items():
            table.assign(tables[name])
        return towers

    def build(self, inputs_shape):
        customers = self.customer_tower.num_customers
        items = self.item_tower.num_items
        shapes = {
            "survey": ((customers, self.survey_dim), "float32"),
            "history_items": ((customers, self.history_size), "int32"),
            "history_votes": ((customers, self.history_size), "int8"),
            "category": ((items,), "int32"),
            "brand": ((items,), "int32"),
            "attributes": ((items, self.attributes_dim), "float32"),
            "visual": ((items, self.visual_dim), "float32"),
        }
        self.tables = {
            name: self.add_weight(
                name=name,
                shape=shape,
                dtype=dtype,
                initializer="zeros",
                trainable=False,
            )
            for name, (shape, dtype) in shapes.items()
        }
        self.customer_tower.build(
            {
                "customer": (None,),
                "survey": (None, self.survey_dim),
                "history": (None, self.item_tower.embedding_dim),
            }
        )
        self.item_tower.build(
            {
                "item": (None,),
                "category": (None,),
                "brand": (None,),
                "attributes": (None, self.attributes_dim),
                "visual": (None, self.visual_dim),
            }
        )
        super().build(inputs_shape)

    def embed_item(self, inputs, training=False):
        """Embeds items.

        Args:
            inputs: Dict of "item", int `[n]` rows, and, for items outside the
                table, "category", "brand", "attributes" and "visual", which
                are used for all n instead of the table's.
            training: Whether ids are hidden at random.

        Returns:
            float32 `[n, e]`.
        """
        item = tf.cast(inputs["item"], tf.int32)
        features = {"item": item}
        for name, unknown in (
            ("category", -1),
            ("brand", -1),
            ("attributes", 0),
            ("visual", 0),
        ):
            features[name] = (
                inputs[name]
                if name in inputs
                else _lookup(self.tables[name], item, unknown)
            )
        return self.item_tower(features, training=training)

    def past_votes(self, inputs):
        """A customer's history: from the inputs, else from the table.

        Args:
            inputs: As `embed_customer` takes them.

        Returns:
            Tuple of int32 `[b, h]` item rows and int8 `[b, h]` votes.
        """
        if "history_items" in inputs:
            votes = tf.cast(inputs["history_votes"], tf.int8)
            return tf.cast(inputs["history_items"], tf.int32), votes
        customer = tf.cast(inputs["customer"], tf.int32)
        return (
            _lookup(self.tables["history_items"], customer, -1),
            _lookup(self.tables["history_votes"], customer, 0),
        )

    def embed_customer(self, inputs, left_out=None, training=False):
        """Embeds customers.

        Args:
            inputs: Dict of "customer", int `[b]` rows, and, for customers
                outside the table, "survey" float `[b, s]`, "history_items"
                int `[b, h]`, -1 = none, and "history_votes" `[b, h]`, which
                are used for all b instead of the table's.
            left_out: Optional int `[b]` item rows; a past vote on this item
                is not looked at.
            training: Whether ids and votes are hidden at random.

        Returns:
            float32 `[b, e]`.
        """
        customer = tf.cast(inputs["customer"], tf.int32)
        items, votes = self.past_votes(inputs)
        if left_out is not None:
            votes = votes * tf.cast(items != left_out[:, None], tf.int8)
        # Each item once, however many customers voted on it.
        unique, positions = tf.unique(tf.reshape(items, [-1]))
        history = self.history(
            self.embed_item({"item": unique}, training=training),
            tf.reshape(positions, tf.shape(items)),
            votes,
            training=training,
        )
        survey = (
            inputs["survey"]
            if "survey" in inputs
            else _lookup(self.tables["survey"], customer, 0)
        )
        return self.customer_tower(
            {"customer": customer, "survey": survey, "history": history},
            training=training,
        )

    def call(self, inputs, training=False):
        item = tf.cast(inputs["item"], tf.int32)
        return (
            self.embed_customer(inputs, left_out=item, training=training),
            self.embed_item(inputs, training=training),
        )

    def get_config(self):
        return {
            **super().get_config(),
            "survey_dim": self.survey_dim,
            "history_size": self.history_size,
            "attributes_dim": self.attributes_dim,
            "visual_dim": self.visual_dim,
        }
