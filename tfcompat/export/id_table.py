"""Ids as text and as rows, inside a served graph."""

import numpy as np
import tensorflow as tf

from tfcompat.export.row_checks import check_rows
from tfcompat.export.row_lookup import RowLookup, fingerprint


class IdTable(tf.Module):
    """Turns ids into rows of a model's tables and rows into ids.

    Ids are whatever the user wrote: any text, compared byte by byte in UTF-8.

    Args:
        ids: List of distinct str, in the order of the rows.
        what: What an id stands for, as messages call it: "customer".

    Attributes:
        ids: string variable `[rows]`.

    Raises:
        ValueError: If two ids are alike, or share a 64-bit fingerprint.
    """

    def __init__(self, ids, what="id"):
        super().__init__(name=f"{what}_table")
        self.what = what
        contents = np.array([str(id_).encode() for id_ in ids], object)
        keys = np.asarray(
            fingerprint(tf.constant(contents, tf.string, contents.shape))
        )
        order = np.argsort(keys, kind="stable")
        alike = np.flatnonzero(np.diff(keys[order]) == 0)
        if len(alike):
            one, other = (ids[i] for i in sorted(order[alike[0] :][:2]))
            problem = (
                f"holds {one!r} twice"
                if one == other
                else f"holds {one!r} and {other!r}, whose fingerprints agree"
            )
            raise ValueError(f"`ids` {problem}.")
        self._lookup = RowLookup(keys)
        self.ids = tf.Variable(
            contents,
            trainable=False,
            name="ids",
            dtype=tf.string,
            shape=contents.shape,
        )

    def __len__(self):
        return self.ids.shape[0]

    def find_rows(self, ids):
        """Rows of ids.

        Args:
            ids: string `[n]`.

        Returns:
            int32 `[n]`; -1 where an id is unknown.
        """
        rows = self._lookup(fingerprint(ids))
        # Another text may have the fingerprint of a known one.
        return tf.where(self.get_ids(rows) == ids, rows, -1)

    def require_rows(self, ids, explain=None):
        """Rows of ids that must be known.

        Args:
            ids: string `[n]`.
            explain: Function from the first unknown row, an int32 scalar, to
                the message; by default it names row and id.

        Returns:
            int32 `[n]`.

        Raises:
            tf.errors.InvalidArgumentError: When run with an unknown id.
        """
        rows = self.find_rows(ids)

        def name_unknown(row):
            return tf.strings.join(
                [
                    "row ",
                    tf.strings.as_string(row),
                    f": there is no {self.what} with the id ",
                    tf.gather(ids, row),
                ]
            )

        return check_rows(rows, rows < 0, explain or name_unknown)

    def get_ids(self, rows):
        """Ids of rows.

        Args:
            rows: int32, any shape.

        Returns:
            string of the same shape; "" for rows outside the table.
        """
        count = self.ids.shape[0]
        if count == 0:
            return tf.fill(tf.shape(rows), "")
        known = (rows >= 0) & (rows < count)
        found = tf.gather(self.ids, tf.where(known, rows, 0))
        return tf.where(known, found, "")
