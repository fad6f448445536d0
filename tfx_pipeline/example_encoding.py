"""From columns of values to serialised examples, many at a time."""

import numpy as np
import pandas as pd
import pyarrow as pa
from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder

from tfcompat.data.validation import is_nan_text, is_number

_MEASURED = ("attr_", "survey_", "price")


class Texts:
    """A column of texts as its distinct values and each row's place in them.

    Args:
        column: `pyarrow.Array` of strings.

    Attributes:
        values: object `[distinct]` of `str`.
        codes: int32 `[rows]`.
    """

    def __init__(self, column):
        encoded = column.dictionary_encode()
        self.values = encoded.dictionary.to_numpy(zero_copy_only=False)
        self.codes = encoded.indices.to_numpy()

    def translate(self, convert, kind):
        """`pyarrow.Array` `[rows]` of `convert(value)`, None for missing."""
        converted = pa.array([convert(value) for value in self.values], kind)
        return converted.take(pa.array(self.codes))


def merge_kinds(kinds):
    """Settles what the columns of a table hold, from what its batches hold.

    Args:
        kinds: Iterable of dicts from column to the set of what occurs in it.

    Returns:
        One such dict.
    """
    merged = {}
    for batch in kinds:
        for name, found in batch.items():
            merged[name] = merged.get(name, frozenset()) | found
    return merged


def column_kinds(batch):
    """What occurs in each column: "number", "nan" or "text".

    Args:
        batch: `pyarrow.RecordBatch` of texts.

    Returns:
        Dict from column to frozenset; empty for a column that says nothing.
    """
    return {
        name: frozenset(
            _kind(text) for text in column.unique().to_pylist() if text
        )
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    }


def _kind(text):
    if is_number(text):
        return "number"
    return "nan" if is_nan_text(text) else "text"


def table_features(batch, kinds):
    """The columns of a table as features; empty texts are missing.

    Args:
        batch: `pyarrow.RecordBatch` of texts.
        kinds: What `column_kinds` found in the whole table.

    Returns:
        Dict from column to `pyarrow.Array` `[rows]`: float32 where a column
        was found to hold numbers, else strings; null where missing. A column
        that says nothing in the whole table is left out.
    """
    features = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        measured = "number" in kinds[name] and "text" not in kinds[name]
        if name.startswith(_MEASURED) and measured:
            features[name] = Texts(column).translate(
                lambda text: float(text) if text else None, pa.float32()
            )
        elif kinds[name]:
            features[name] = Texts(column).translate(
                lambda text: text or None, pa.string()
            )
    return features


class Lookup:
    """Features of customers or items, found by id.

    Args:
        ids: Sequence of distinct `str`.
        features: Dict from name to `pyarrow.Array`, a value for each id.
    """

    def __init__(self, ids, features):
        self._index = pd.Index(np.asarray(ids, object))
        self._features = features

    def find(self, texts):
        """int64 `[rows]`: place of each id of a `Texts` here, -1 if unknown."""
        return self._index.get_indexer(texts.values)[texts.codes]

    def take(self, places):
        """Dict from name to `pyarrow.Array` `[rows]`, null where unknown."""
        places = pa.array(places, mask=places < 0)
        return {
            name: values.take(places) for name, values in self._features.items()
        }


def encode_examples(features):
    """Serialises examples.

    Args:
        features: Dict from name to `pyarrow.Array` `[rows]` of strings,
            bytes, integers or floats; null where an example lacks it.

    Returns:
        List of `bytes`, a `tf.Example` each.
    """
    columns = [_lists(values) for values in features.values()]
    batch = pa.RecordBatch.from_arrays(columns, list(features))
    return RecordBatchToExamplesEncoder().encode(batch)


def _lists(values):
    """Each value as a list of one, null as a null list."""
    if pa.types.is_string(values.type):
        values = values.cast(pa.binary())
    valid = values.is_valid().to_numpy(zero_copy_only=False)
    ends = np.concatenate([[0], np.cumsum(valid)]).astype(np.int32)
    offsets = pa.array(ends, mask=np.append(~valid, False))
    return pa.ListArray.from_arrays(offsets, values.drop_null())
