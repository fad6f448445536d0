"""Which row of a model's tables belongs to which id."""

import dataclasses

import numpy as np
import pandas as pd
import tensorflow as tf

from tfcompat.data.errors import InputError


@dataclasses.dataclass(frozen=True)
class Vocabulary:
    """The ids that a model was trained with, in the order of its tables.

    A wardrobe numbers its rows anew whenever it is loaded with other items or
    customers; a model's tables do not move.

    Attributes:
        customers: Customer ids.
        items: Item ids.
        groups: Names of groups.
        categories: Names of categories.
    """

    customers: list
    items: list
    groups: list
    categories: list

    @classmethod
    def of(cls, wardrobe):
        """The vocabulary of a model trained on a wardrobe."""
        return cls(
            customers=wardrobe.customers["customer_id"].tolist(),
            items=wardrobe.items["item_id"].tolist(),
            groups=wardrobe.groups,
            categories=wardrobe.categories,
        )

    def translate(self, wardrobe):
        """Returns a function from a wardrobe's batches to the model's.

        Args:
            wardrobe: `Wardrobe` whose rows the batches hold.

        Returns:
            Function of `(inputs, labels)` for `tf.data.Dataset.map`. Customers
            and items that the model does not know become -1, categories it
            does not know become 0.

        Raises:
            InputError: If the wardrobe has a group that the model does not
                know.
        """
        strangers = sorted(set(wardrobe.groups) - set(self.groups))
        if strangers:
            raise InputError(
                f"{wardrobe.folder}: the model knows the groups "
                f"{', '.join(self.groups)}, but not {', '.join(strangers)}."
            )
        tables = {
            "customer": (self.customers, wardrobe.customers["customer_id"]),
            "item_rows": (self.items, wardrobe.items["item_id"]),
            "groups": (self.groups, wardrobe.groups),
            "categories": (self.categories, wardrobe.categories),
        }
        rows = {
            name: tf.constant(
                # One more for -1, the unknown, which stays unknown.
                np.append(pd.Index(known).get_indexer(pd.Index(ids)), -1),
                tf.int32,
            )
            for name, (known, ids) in tables.items()
        }
        rows["categories"] = tf.maximum(rows["categories"], 0)

        def translated(inputs, labels):
            moved = {
                name: tf.gather(table, inputs[name] % len(table))
                for name, table in rows.items()
            }
            return {**inputs, **moved}, labels

        return translated
