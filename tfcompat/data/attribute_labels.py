"""Categorical attributes of items as whole numbers, side by side."""

import dataclasses

import numpy as np

from tfcompat.data.attribute_columns import encode_columns, learn_columns
from tfcompat.data.errors import InputError

_LEAST_KNOWN = 0.6  # Share of items of which an attribute must be known.
_CATEGORY = "category"


@dataclasses.dataclass(frozen=True)
class AttributeLabels:
    """What every item is, attribute by attribute.

    Attributes:
        values: Dict from attribute ("color", "category", ...) to the list of
            its values; A attributes, J values in all.
        labels: int32 `[items, A]`, places in these lists, -1 = unknown.
        left_out: Dict from an attribute that is not among them to the reason.
    """

    values: dict
    labels: np.ndarray
    left_out: dict = dataclasses.field(default_factory=dict)

    @property
    def names(self):
        """List of the A attributes."""
        return list(self.values)

    @property
    def counts(self):
        """List of how many values each attribute has."""
        return [len(values) for values in self.values.values()]

    @property
    def num_values(self):
        """J, the number of all values of all attributes."""
        return sum(self.counts)

    @property
    def offsets(self):
        """int `[A]`: where each attribute's values begin among all J."""
        return np.cumsum([0, *self.counts[:-1]])

    @property
    def owners(self):
        """int `[J]`: the attribute that each value belongs to."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @property
    def classes(self):
        """int32 `[items]`: the same number for the same whole label vector.

        An unknown attribute is a value like any other here.
        """
        return self.number(self.labels)

    def number(self, labels):
        """int32 `[n]`: equal vectors of `labels` `[n, A]` get one number."""
        _, classes = np.unique(labels, axis=0, return_inverse=True)
        return classes.reshape(-1).astype("int32")

    def indicators(self, labels):
        """int8 `[n, J]`, 1 at the known labels of `[n, A]`."""
        hot = np.zeros((len(labels), self.num_values), "int8")
        rows, attributes = np.nonzero(labels >= 0)
        places = self.offsets[attributes] + labels[rows, attributes]
        hot[rows, places] = 1
        return hot

    def place(self, text):
        """Where "attribute=value" stands among all J values.

        Raises:
            InputError: If there is no such attribute or value.
        """
        name, _, value = text.partition("=")
        if name not in self.values:
            raise InputError(
                f"{text}: there is no attribute {name}; there are "
                f"{', '.join(self.values)}."
            )
        if value not in self.values[name]:
            raise InputError(
                f"{text}: {name} has no value {value}; it has "
                f"{', '.join(self.values[name])}."
            )
        start = self.offsets[self.names.index(name)]
        return int(start + self.values[name].index(value))


def read_attribute_labels(items, attributes=()):
    """Reads the categorical attributes of items.

    By default those are the category and every categorical `attr_*` that is
    known of most items and is not told by another one: where each category has
    but one formality, a formality cannot change by itself.

    Args:
        items: `pandas.DataFrame` in the columns of `items.csv`.
        attributes: Names to take, as "color" for `attr_color`; none for the
            default.

    Returns:
        `AttributeLabels`, the category first.

    Raises:
        InputError: If a named attribute is missing or says nothing, or fewer
            than two are left.
    """
    columns = {_column(name): name for name in attributes}
    for column, name in columns.items():
        if column not in items:
            raise InputError(f"attributes: items.csv has no column {column}.")
        _check_name(name)
    wanted = columns or [
        _CATEGORY,
        *(name for name in items if name.startswith("attr_")),
    ]
    learned = learn_columns(items, wanted)
    left_out = {
        _name(column): "says nothing, or is a number"
        for column in wanted
        if "values" not in learned.get(column, {})
    }
    if columns and left_out:
        name, reason = next(iter(left_out.items()))
        raise InputError(f"attributes: {name} {reason}.")
    kept = {
        column: encoding
        for column, encoding in learned.items()
        if "values" in encoding
    }
    encoded = encode_columns(items, kept)
    if not columns:
        reasons = _unsuitable(encoded)
        left_out.update((_name(c), reason) for c, reason in reasons.items())
        kept = {c: e for c, e in kept.items() if c not in reasons}
    if len(kept) < 2:
        raise InputError(
            "items.csv: attributes are compared one with another, and there "
            f"are fewer than two: {', '.join(map(_name, kept)) or 'none'}; add "
            "columns attr_<name>."
        )
    return AttributeLabels(
        values={_name(column): kept[column]["values"] for column in kept},
        labels=np.stack([encoded[column] for column in kept], axis=1),
        left_out=left_out,
    )


def encode_attribute_labels(items, values):
    """Labels of other items by the values that a model was trained with.

    Args:
        items: `pandas.DataFrame` in the columns of `items.csv`.
        values: `AttributeLabels.values`.

    Returns:
        `AttributeLabels`; values that the model does not know are unknown.
    """
    columns = {_column(name): {"values": v} for name, v in values.items()}
    encoded = encode_columns(items, columns)
    return AttributeLabels(
        values=dict(values), labels=np.stack(list(encoded.values()), axis=1)
    )


def _unsuitable(encoded):
    """Reason for each column that cannot change by itself."""
    reasons = {}
    for name, column in encoded.items():
        share = (column >= 0).mean()
        if share < _LEAST_KNOWN:
            reasons[name] = f"is known of {share:.0%} of the items only"
    # The finest first: what tells another one has more values, or as many.
    order = sorted(
        (name for name in encoded if name not in reasons),
        key=lambda name: -encoded[name].max(),
    )
    for place, name in enumerate(order):
        for teller in order[:place]:
            if teller not in reasons and _tells(encoded[teller], encoded[name]):
                reasons[name] = f"is told by {_name(teller)}"
                break
    return reasons


def _tells(teller, column):
    both = (teller >= 0) & (column >= 0)
    pairs = np.unique(np.stack([teller[both], column[both]]), axis=1)
    return len(np.unique(pairs[0])) == pairs.shape[1]


def _check_name(name):
    if "=" in name:
        raise InputError(f"attributes: {name!r} must not hold a '='.")


def _column(name):
    return name if name == _CATEGORY else f"attr_{name}"


def _name(column):
    return column.removeprefix("attr_")
