"""Finding the row of a text inside a served graph."""

import numpy as np
import tensorflow as tf

_BUCKETS = 2**63 - 1


def fingerprint(contents):
    """64-bit fingerprints of texts or files, the same on every machine.

    Args:
        contents: string tensor.

    Returns:
        int64 tensor of the same shape, not negative.
    """
    return tf.strings.to_hash_bucket_fast(contents, _BUCKETS)


class RowLookup(tf.Module):
    """Finds rows by fingerprint.

    Sorted variables take the place of a hash table: a table's contents would
    be constants of the graph, which are read before anything else when a
    SavedModel is loaded and may not exceed 2 GB.

    Args:
        fingerprints: int64 `[rows]`; of equal ones the first row counts.
        name: Name of the module.
    """

    def __init__(self, fingerprints, name=None):
        super().__init__(name=name)
        keys, rows = np.unique(
            np.asarray(fingerprints, "int64"), return_index=True
        )
        self._keys = tf.Variable(keys, trainable=False, name="keys")
        self._rows = tf.Variable(
            rows.astype("int32"), trainable=False, name="rows"
        )

    def __call__(self, fingerprints):
        """Rows of fingerprints.

        Args:
            fingerprints: int64 `[n]`.

        Returns:
            int32 `[n]`; -1 where there is none.
        """
        if self._keys.shape[0] == 0:
            return tf.fill(tf.shape(fingerprints), -1)
        places = tf.searchsorted(self._keys, fingerprints)
        places = tf.minimum(places, self._keys.shape[0] - 1)
        is_there = tf.gather(self._keys, places) == fingerprints
        return tf.where(is_there, tf.gather(self._rows, places), -1)
