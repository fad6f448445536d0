"""Beam's step from rows of votes to examples, in their splits."""

import apache_beam as beam
import numpy as np
import pyarrow as pa

from tfcompat.data import splits
from tfcompat.data.errors import InputError
from tfx_pipeline.example_encoding import (
    Lookup,
    Texts,
    column_kinds,
    encode_examples,
    table_features,
)
from tfx_pipeline.table_batches import read_batches

# Ways to write a vote that `Wardrobe.load` reads too.
_SPELLINGS = {"+1": "1", "1.0": "1", "-1.0": "-1"}
_VOTES = ("1", "-1")
_LOOKED_UP = ("group", "category")


def read_lookup(path, key):
    """Reads what votes need to know of items or customers.

    Args:
        path: The table's file.
        key: Its column of ids.

    Returns:
        `Lookup` of "group", "category" and "survey_*", those that are there.

    Raises:
        InputError: If an id is there twice, or the table cannot be used.
    """

    def wanted(column):
        known = column == key or column in _LOOKED_UP
        return known or column.startswith("survey_")

    batches = [batch for _, batch in read_batches(path, wanted)]
    table = pa.Table.from_batches(batches).combine_chunks()
    (batch,) = table.to_batches()
    if key not in batch.schema.names:
        return Lookup([], {})
    ids = batch.column(batch.schema.get_field_index(key)).to_pandas()
    doubled = ids[ids.duplicated() & (ids != "")]
    if len(doubled):
        raise InputError(
            f"{path}, column {key}: {doubled.iloc[0]!r} is there twice; ids "
            "must differ."
        )
    features = table_features(batch, column_kinds(batch))
    del features[key]
    return Lookup(ids, features)


def votes_by_customer(batch, columns):
    """Gathers what each customer says.

    Args:
        batch: `pyarrow.RecordBatch` of a table of votes.
        columns: Names of its columns of ids but the customer's.

    Yields:
        `(customer, votes)`: an id, and a list of `(ids, vote)` with a tuple of
        `str` and "1" or "-1". Rows that lack an id or hold no such vote are
        passed over.
    """
    names = ["customer_id", "vote", *columns]
    if not set(names) <= set(batch.schema.names):
        return
    gathered = {}
    rows = zip(*(batch.column(name).to_pylist() for name in names), strict=True)
    for customer, vote, *ids in rows:
        vote = _SPELLINGS.get(vote, vote)
        if customer and vote in _VOTES and all(ids):
            gathered.setdefault(customer, []).append((tuple(ids), vote))
    yield from gathered.items()


class EncodeVotes(beam.DoFn):
    """Encodes batches of votes and says which split each is in.

    Splits are the ones that `Wardrobe.load` makes, from the same hashes.

    Args:
        ids: Columns of ids by what they name, "customer" being one.
        fractions: Shares of the splits.
        seed: Of the splits.
        surveys: Whether examples hold their customers' answers.
    """

    def __init__(self, ids, fractions, seed, surveys):
        self._ids = ids
        self._fractions = fractions
        self._seed = seed
        self._surveys = surveys

    def process(self, element, items, customers):
        first, batch = element
        kinds = dict.fromkeys(batch.schema.names, frozenset(["text"]))
        features = table_features(batch, kinds)
        features["row"] = pa.array(np.arange(first, first + batch.num_rows))
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        if "vote" in columns:
            features["vote"] = Texts(columns["vote"]).translate(
                lambda vote: _SPELLINGS.get(vote, vote) or None, pa.string()
            )
        hashes = []
        for name, column in self._ids.items():
            # Without the column all ids are alike; the validator says so.
            missing = pa.array([""] * batch.num_rows, pa.string())
            texts = Texts(columns.get(column, missing))
            hashes.append(splits.hash_ids(texts.values)[texts.codes])
            if name != "customer":
                found = items.take(items.find(texts))
                features |= {f"{name}_{key}": found[key] for key in found}
            elif customers is not None:
                features |= self._about_customers(customers, texts)
        examples = encode_examples(features)
        hashes = splits.hash_rows(hashes, self._seed)
        parts = splits.split_by_hash(hashes, self._fractions)
        for example, code in zip(examples, parts.codes, strict=True):
            yield beam.pvalue.TaggedOutput(splits.SPLITS[code], example)

    def _about_customers(self, customers, texts):
        places = customers.find(texts)
        listed = {"customer_listed": pa.array((places >= 0).astype(np.int64))}
        return listed | (customers.take(places) if self._surveys else {})
