"""Beam's step from rows of outfits to examples, in their splits."""

import apache_beam as beam
import numpy as np
import pyarrow as pa

from tfcompat.data.id_splits import (
    OUTFIT_FRACTIONS,
    PREFIXED,
    hashed_splits,
    prefixed_splits,
)
from tfx_pipeline.example_encoding import (
    Texts,
    encode_examples,
    table_features,
)


class EncodeOutfits(beam.DoFn):
    """Encodes batches of outfits' rows and says which split each is in.

    All rows of an outfit are in its split, as `outfit_splits` has it.

    Args:
        path: The table, named in errors.
        manifest: Dict of what the wardrobe's manifest says of splits.
    """

    def __init__(self, path, manifest):
        self._path = path
        self._seed = manifest.get("split_seed", 0)
        self._prefixed = "outfits" in manifest.get(PREFIXED, ())

    def process(self, element, items):
        first, batch = element
        kinds = dict.fromkeys(batch.schema.names, frozenset(["text"]))
        features = table_features(batch, kinds)
        features["row"] = pa.array(np.arange(first, first + batch.num_rows))
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        # Without the column all ids are alike; the validator says so.
        missing = pa.array([""] * batch.num_rows, pa.string())
        found = items.take(items.find(Texts(columns.get("item_id", missing))))
        features |= {f"item_{key}": found[key] for key in found}
        ids = Texts(columns.get("outfit_id", missing))
        parts = self._split(ids.values)[ids.codes]
        examples = encode_examples(features)
        for example, part in zip(examples, parts, strict=True):
            yield beam.pvalue.TaggedOutput(part, example)

    def _split(self, ids):
        if self._prefixed:
            return prefixed_splits(ids, self._path)
        return hashed_splits(ids, self._seed, OUTFIT_FRACTIONS)
