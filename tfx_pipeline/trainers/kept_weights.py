"""Copying trained weights from one pair model to the next of its kind."""

import numpy as np
import pandas as pd
import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.category_pair_attention import CategoryPairAttention
from tfcompat.layers.customer_table import CustomerTable
from tfcompat.layers.group_projection import GroupProjection
from tfcompat.layers.variational_customers import VariationalCustomers


def keep_weights(model, vocabulary, base, base_vocabulary):
    """Copies trained weights into a model.

    A weight is copied where both models have it in one shape. In tables each
    id's row goes to where the id is now; a new id starts as any new one does.
    What training does not move, such as stage 1's embeddings, stays.

    Args:
        model: Built `SubspaceNet` or `JointSubspaceNet`, changed in place.
        vocabulary: `Vocabulary` of its tables.
        base: The same kind of model, trained.
        base_vocabulary: `Vocabulary` of that.

    Returns:
        Dict of two lists of str, "kept" and "new": names of the weights that
        were copied, of tables with the number of rows, and that were not.
    """
    report = {"kept": [], "new": []}
    base_parts = _parts(base)
    for name, part in _parts(model).items():
        base_part = base_parts.get(name)
        variables, old = _weights(name, part), _weights(name, base_part)
        if len(old) != len(variables):
            report["new"].append(name)
            continue
        pairs = zip(variables, old, strict=True)
        for place, (variable, old_variable) in enumerate(pairs):
            weight = _Weight(part, variable, vocabulary)
            before = _Weight(base_part, old_variable, base_vocabulary)
            is_kept = weight.take(before)
            last = variable.name.split("/")[-1].split(":")[0]
            label = name if part is variable else f"{name}.{place}.{last}"
            if is_kept and weight.ids is not None:
                known = len(set(weight.ids) & set(before.ids))
                label += f" ({known} of {len(weight.ids)} {weight.kind})"
            report["kept" if is_kept else "new"].append(label)
    return report


def _parts(model):
    """Dict from attribute to layer, or to a weight of the model's own."""
    kinds = (keras.layers.Layer, tf.Variable)
    return {
        name: part
        for name, part in vars(model).items()
        if isinstance(part, kinds) and not name.startswith("_")
    }


def _weights(name, part):
    if part is None:
        return []
    if isinstance(part, tf.Variable):
        return [part] if part.trainable else []
    if name == "backbone" and part.trainable_variables:
        return part.weights  # A CNN goes with its batches' statistics.
    return part.trainable_variables


class _Weight:
    """A weight, row by row of its ids where it has a row for each.

    Attributes:
        kind: Field of `Vocabulary`, or "".
        ids: List of str `[rows]`; None for a weight without such rows.
        rows: Array `[rows, ...]`, in which its values can be changed.
    """

    def __init__(self, part, variable, vocabulary):
        self.kind, shape, axis = _layout(part, variable)
        self.ids = getattr(vocabulary, self.kind) if self.kind else None
        self._variable = variable
        self._values = np.array(variable.numpy())
        self.rows = self._values.reshape(shape)
        if self.kind:
            self.rows = np.moveaxis(self.rows, axis, 0)

    def take(self, other):
        """Takes over the values of another one; False if it does not fit."""
        first = 0 if self.ids is None else 1
        if (self.kind, self.rows.shape[first:]) != (
            other.kind,
            other.rows.shape[first:],
        ):
            return False
        if self.ids is None:
            self.rows[...] = other.rows
        else:
            places = pd.Index(other.ids).get_indexer(self.ids)
            self.rows[places >= 0] = other.rows[places[places >= 0]]
        self._variable.assign(self._values)
        return True


def _layout(part, variable):
    """What a weight's rows stand for: field of `Vocabulary`, shape and axis."""
    shape = tuple(variable.shape)
    if isinstance(part, CustomerTable | VariationalCustomers):
        return "customers", shape, 0
    if isinstance(part, GroupProjection) and part.num_groups > 1:
        return "groups", (*shape[:-1], part.num_groups, part.dim), -2
    if isinstance(part, CategoryPairAttention):
        count = part.num_categories
        # One-hot query category, one-hot candidate category.
        if shape[0] == 2 * count and len(shape) == 2:
            return "categories", (2, count, *shape[1:]), 1
    return "", shape, 0
