"""Beam's step from items with photos to what a pair model sees in them.

The catalogue's index is made of these, so that no single process has to look
at every photo.
"""

import os
import tempfile

import apache_beam as beam
import numpy as np
import tensorflow as tf
from apache_beam.utils.shared import Shared

from tfcompat.data.errors import InputError
from tfcompat.export.pair_model import PairModel
from tfcompat.export.photo_decoding import decode_photos
from tfcompat.export.photo_features import PhotoFeatures
from tfcompat.export.row_lookup import fingerprint
from tfx_pipeline.trainers.running import fetch_folder

_AT_ONCE = 64  # Photos, as an export in one process takes them.
_READ_AT_ONCE = 4096


def kept_folder(model):
    """Where a served pair model keeps what it is made of.

    Args:
        model: URI of its `Model` artifact.
    """
    return os.path.join(model, "Format-Serving", "assets.extra", "tfcompat")


@beam.ptransform_fn
def embed_photos(examples, model):
    """Embeds items.

    Args:
        examples: `PCollection` of serialised examples with `item_id` and
            `image`.
        model: Folder of what a served pair model is made of, where every
            worker can read it.

    Returns:
        `PCollection` of serialised examples: `item_id`, `fingerprint` of the
        photo (int64) and `features`, float `[f]`. Running it raises an
        `InputError` for a photo that cannot be decoded.
    """
    return (
        examples
        | "Parse" >> beam.Map(_parse)
        | "Batch" >> beam.BatchElements(_AT_ONCE, _AT_ONCE)
        | "Embed" >> beam.ParDo(_Embed(model))
    )


def read_known_photos(folder):
    """Reads what `embed_photos` has made.

    Args:
        folder: Where it was written, as compressed TFRecords.

    Returns:
        Dict from fingerprint to float32 `[f]`, as
        `tfcompat.export.catalogue.read_catalogue` takes it: these photos need
        not be looked at again.
    """
    spec = {
        "fingerprint": tf.io.FixedLenFeature([], tf.int64),
        "features": tf.io.RaggedFeature(tf.float32),
    }
    records = tf.data.TFRecordDataset(
        tf.io.gfile.glob(os.path.join(folder, "*.gz")), compression_type="GZIP"
    )
    known = {}
    for batch in records.batch(_READ_AT_ONCE):
        parsed = tf.io.parse_example(batch, spec)
        features = parsed["features"].to_tensor().numpy()  # [n, f]
        keys = parsed["fingerprint"].numpy().tolist()
        known.update(zip(keys, features, strict=True))
    return known


def _parse(record):
    features = tf.train.Example.FromString(record).features.feature
    [item_id], [image] = (
        features[name].bytes_list.value for name in ("item_id", "image")
    )
    return item_id, image


class _Embed(beam.DoFn):
    """Looks at a batch of photos; one model a process, whatever its threads.

    Args:
        model: As above.
    """

    def __init__(self, model):
        self._folder = model
        self._shared = Shared()

    def setup(self):
        self._model = self._shared.acquire(lambda: _Model(self._folder))

    def process(self, batch):
        item_ids, images = zip(*batch, strict=True)
        features, is_decoded = self._model.look(images)
        if not is_decoded.all():
            broken = item_ids[int(np.argmin(is_decoded))].decode()
            raise InputError(f"Item {broken!r}: its photo cannot be decoded.")
        keys = fingerprint(tf.constant(images)).numpy().tolist()
        for item_id, key, row in zip(item_ids, keys, features, strict=True):
            example = tf.train.Example()
            feature = example.features.feature
            feature["item_id"].bytes_list.value.append(item_id)
            feature["fingerprint"].int64_list.value.append(key)
            feature["features"].float_list.value.extend(row.tolist())
            yield example.SerializeToString(deterministic=True)


class _Model:
    """What is loaded once."""

    def __init__(self, folder):
        with tempfile.TemporaryDirectory() as work:
            pair = PairModel.load(fetch_folder(folder, work))
        self._features = PhotoFeatures(pair.model, pair.encoder)
        self._look = tf.function(
            self._describe,
            input_signature=[tf.TensorSpec([None], tf.string)],
        )

    def look(self, images):
        """float32 `[n, f]` features and bool `[n]`, whether decoded."""
        features, is_decoded = self._look(tf.constant(images))
        return features.numpy(), is_decoded.numpy()

    def _describe(self, images):
        pixels, is_decoded = decode_photos(
            images, self._features.image_size, webp=True
        )
        features, _ = self._features.describe(pixels, False)
        return features, is_decoded
