"""From a wardrobe's tables and images to examples, by Apache Beam.

Votes flow; what is looked up for them (items without their images, customers)
is small beside them and a side input.
"""

import itertools
import shlex

import apache_beam as beam

from tfcompat.data import splits, table_specs
from tfcompat.data.errors import InputError
from tfcompat.data.frames import ITEM_VOTE_IDS, PAIR_VOTE_IDS
from tfx_pipeline.example_encoding import column_kinds, merge_kinds
from tfx_pipeline.item_encoding import EncodeItems
from tfx_pipeline.outfit_encoding import EncodeOutfits
from tfx_pipeline.table_batches import read_batches
from tfx_pipeline.vote_encoding import (
    EncodeVotes,
    read_lookup,
    votes_by_customer,
)
from tfx_pipeline.wardrobe_files import (
    find_table,
    read_manifest,
    read_split_seed,
    require_table,
)

ALL = "all"
_IMAGES_AT_ONCE = 32  # Held in memory by a worker.
_VOTES_AT_ONCE = 1 << 16


def item_examples(pipeline, wardrobe):
    """Examples of items: one each, with the bytes of its image.

    Features: `item_id`, `row` (place in the table), `group`, `category`,
    `image` (the file's bytes), `image_path`, and where the table has them
    `text`, `brand`, `price`, `attr_*`; float where a column's known values are
    all numbers. What the table does not say, an example lacks.

    Args:
        pipeline: `beam.Pipeline`.
        wardrobe: The folder.

    Returns:
        Dict from the only split, "all", to a `PCollection` of serialised
        examples.

    Raises:
        InputError: If a table cannot be used. Running the pipeline raises it
            for a missing image and for an id that is there twice.
    """
    path = require_table(wardrobe, "items")
    batches = _batches(pipeline, path, table_specs.ITEMS.knows, _IMAGES_AT_ONCE)
    kinds = (
        batches
        | "WhatColumnsHold"
        >> beam.MapTuple(lambda _, batch: column_kinds(batch))
        | "MergeKinds" >> beam.CombineGlobally(merge_kinds)
    )
    _ = (
        batches
        | "Ids" >> beam.FlatMapTuple(_ids)
        | "CountIds" >> beam.combiners.Count.PerElement()
        | "CheckIds" >> beam.Map(_check_id, path)
    )
    examples = (
        batches
        | "ShareOut" >> beam.Reshuffle()
        | "EncodeItems"
        >> beam.ParDo(
            EncodeItems(wardrobe, path), beam.pvalue.AsSingleton(kinds)
        ).with_output_types(bytes)
    )
    return {ALL: examples}


def item_vote_examples(pipeline, wardrobe):
    """Examples of votes on items, each with what is known of its customer.

    Features: `customer_id`, `item_id`, `vote` ("1", "-1", or whatever else
    the table says), `row`, `item_group`, `item_category`, and where there is
    a table of customers `survey_*` and `customer_listed`, 0 for a customer
    that it lacks, else 1.

    Args:
        pipeline: `beam.Pipeline`.
        wardrobe: The folder.

    Returns:
        Dict from split to a `PCollection` of serialised examples. A vote is
        in the split that `Wardrobe.load` puts it into.

    Raises:
        InputError: If a table cannot be used. Running the pipeline raises it
            for votes that contradict each other, and for a customer's id that
            is there twice or holds a line break.
    """
    return _vote_examples(
        pipeline,
        wardrobe,
        table_specs.ITEM_VOTES,
        ITEM_VOTE_IDS,
        EncodeVotes(
            ITEM_VOTE_IDS,
            splits.ITEM_VOTE_FRACTIONS,
            read_split_seed(wardrobe),
            surveys=True,
        ),
    )


def pair_vote_examples(pipeline, wardrobe):
    """Examples of votes on pairs.

    Features: `customer_id`, `query_id`, `candidate_id`, `vote`, `row`,
    `query_group`, `query_category`, `candidate_group`, `candidate_category`,
    and where there is a table of customers `customer_listed`.

    Args:
        pipeline: `beam.Pipeline`.
        wardrobe: The folder.

    Returns:
        As `item_vote_examples`.

    Raises:
        InputError: As `item_vote_examples`.
    """
    return _vote_examples(
        pipeline,
        wardrobe,
        table_specs.PAIR_VOTES,
        PAIR_VOTE_IDS,
        EncodeVotes(
            PAIR_VOTE_IDS,
            splits.PAIR_VOTE_FRACTIONS,
            read_split_seed(wardrobe),
            surveys=False,
        ),
    )


def outfit_examples(pipeline, wardrobe):
    """Examples of outfits: one for each item of each.

    Features: `outfit_id`, `item_id`, `row`, `item_group`, `item_category`,
    and `customer_id` where the table names one.

    Args:
        pipeline: `beam.Pipeline`.
        wardrobe: The folder.

    Returns:
        As `item_vote_examples`; an outfit is in the split that
        `tfcompat.data.id_splits.outfit_splits` puts it into.

    Raises:
        InputError: As `item_examples`.
    """
    spec = table_specs.OUTFITS
    path = require_table(wardrobe, spec.name)
    items = _lookup(pipeline, require_table(wardrobe, "items"), "item_id")
    examples = (
        _batches(pipeline, path, spec.required.__contains__, _VOTES_AT_ONCE)
        | "ShareOut" >> beam.Reshuffle()
        | "EncodeOutfits"
        >> beam.ParDo(
            EncodeOutfits(path, read_manifest(wardrobe)),
            beam.pvalue.AsSingleton(items),
        ).with_outputs(*splits.SPLITS)
    )
    return {split: examples[split] for split in splits.SPLITS}


def _vote_examples(pipeline, wardrobe, spec, ids, encode):
    path = require_table(wardrobe, spec.name)
    items = _lookup(pipeline, require_table(wardrobe, "items"), "item_id")
    customers = _lookup(
        pipeline, find_table(wardrobe, "customers"), "customer_id"
    )
    batches = _batches(
        pipeline, path, spec.required.__contains__, _VOTES_AT_ONCE
    )
    columns = [column for name, column in ids.items() if name != "customer"]
    _ = (
        batches
        | "ByCustomer"
        >> beam.FlatMapTuple(lambda _, batch: votes_by_customer(batch, columns))
        | "Gather" >> beam.GroupByKey()
        | "CheckVotes" >> beam.Map(_check_votes, columns, path, wardrobe)
    )
    examples = (
        batches
        | "ShareOut" >> beam.Reshuffle()
        | "EncodeVotes"
        >> beam.ParDo(
            encode,
            beam.pvalue.AsSingleton(items),
            beam.pvalue.AsSingleton(customers),
        ).with_outputs(*splits.SPLITS)
    )
    return {split: examples[split] for split in splits.SPLITS}


def _batches(pipeline, path, wanted, rows):
    """`PCollection` of a table's `(first row, RecordBatch)`."""
    return (
        pipeline
        | "Table" >> beam.Create([path])
        | "Read" >> beam.FlatMap(read_batches, wanted=wanted, rows=rows)
    )


def _lookup(pipeline, path, key):
    """`PCollection` of one `Lookup`; of None where there is no table."""
    return (
        pipeline
        | f"Table_{key}" >> beam.Create([path])
        | f"LookUp_{key}"
        >> beam.Map(lambda path: path and read_lookup(path, key))
    )


def _ids(_, batch):
    if "item_id" in batch.schema.names:
        yield from filter(None, batch.column("item_id").to_pylist())


def _check_id(counted, path):
    item_id, count = counted
    _check_line(item_id, "item_id", path)
    if count > 1:
        raise InputError(
            f"{path}, column item_id: {item_id!r} is there {count} times; ids "
            "must differ."
        )


def _check_votes(gathered, columns, path, wardrobe):
    customer, votes = gathered
    _check_line(customer, "customer_id", path)
    said = {}
    for ids, vote in itertools.chain.from_iterable(votes):
        if said.setdefault(ids, vote) != vote:
            named = zip(columns, ids, strict=True)
            raise InputError(
                f"{path}: customer {customer!r} says both 1 and -1 of "
                f"{', '.join(f'{name} {id_!r}' for name, id_ in named)}. "
                f"`tfcompat check {shlex.quote(wardrobe)}` names the lines."
            )


def _check_line(text, column, path):
    if "\n" in text or "\r" in text:
        raise InputError(
            f"{path}, column {column}: {text!r} holds a line break, which "
            "Transform's vocabularies cannot."
        )
