"""Reads what Transform has written, as arrays."""

import os

import numpy as np
import tensorflow as tf
import tensorflow_transform as tft

_BATCH = 4096


class TransformedSet:
    """A transformed example set and the graph that made it.

    Args:
        examples: URI of Transform's examples: a folder `Split-<name>` each.
        transform_graph: URI of Transform's graph.
    """

    def __init__(self, examples, transform_graph):
        self._examples = examples
        self._graph = tft.TFTransformOutput(transform_graph)

    def vocabulary(self, name):
        """List of `str` in the order of their rows."""
        return [word.decode() for word in self._graph.vocabulary_by_name(name)]

    @property
    def columns(self):
        """Names of the features."""
        return list(self._graph.transformed_feature_spec())

    def batches(self, split, columns, batch_size=_BATCH):
        """Reads some features of a split, in no particular order.

        Args:
            split: Its name.
            columns: Names of features.
            batch_size: Examples at a time.

        Yields:
            Dict from name to `[n]`: object arrays of `bytes`, or numbers.
            Where an example lacks an optional feature: b"", or NaN.
        """
        spec = self._graph.transformed_feature_spec()
        spec = {name: spec[name] for name in columns}
        pattern = os.path.join(self._examples, f"Split-{split}", "*")
        dataset = tf.data.TFRecordDataset(
            tf.io.gfile.glob(pattern), compression_type="GZIP"
        )
        for records in dataset.batch(batch_size):
            parsed = tf.io.parse_example(records, spec)
            yield {
                name: _dense(values).numpy() for name, values in parsed.items()
            }

    def read(self, split, columns):
        """All of `batches`, one behind the other.

        Returns:
            Dict from name to `[n]`.
        """
        batches = list(self.batches(split, columns))
        return {
            name: np.concatenate([batch[name] for batch in batches] or [[]])
            for name in columns
        }


def _dense(values):
    if not isinstance(values, tf.SparseTensor):
        return values
    default = float("nan") if values.dtype == tf.float32 else None
    dense = tf.sparse.to_dense(values, default)  # [n, 0 or 1]
    shape = tf.maximum(tf.shape(dense), [0, 1])
    fill = "" if default is None else default
    missing = tf.fill(shape, tf.constant(fill, values.dtype))
    return tf.concat([dense, missing], axis=1)[:, 0]
