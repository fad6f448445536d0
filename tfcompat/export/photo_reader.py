"""The photos of a request, checked and decoded inside a served graph."""

import tensorflow as tf

from tfcompat.export.image_checks import (
    MAX_PIXELS,
    explain_failure,
    find_problems,
)
from tfcompat.export.photo_decoding import decode_photos
from tfcompat.export.row_checks import check_rows
from tfcompat.export.row_lookup import RowLookup, fingerprint

_MOST_AT_ONCE = 16


class PhotoReader(tf.Module):
    """Turns image files into pixels, and says which cannot be and why.

    A photo that comes several times, as a query does that is asked about many
    candidates, is decoded once. Photos whose fingerprints are known were
    decoded before and so are read whatever their size and kind.

    Args:
        image_size: Height and width of the result, in pixels.
        max_pixels: Width times height above which a photo is refused.
        webp: Whether WebP is read, by an op of tensorflow-io.
        known: int64 `[photos]` fingerprints of known photos.
        unknown_problem: What is wrong with a photo that is not known, to be
            put behind "row 3: "; None if nothing is.

    Raises:
        ValueError: If `max_pixels` is not positive.
    """

    def __init__(
        self,
        image_size,
        *,
        max_pixels=MAX_PIXELS,
        webp=False,
        known=(),
        unknown_problem=None,
    ):
        super().__init__(name="photo_reader")
        if max_pixels < 1:
            raise ValueError(
                f"`max_pixels` must be positive, got {max_pixels}."
            )
        self.image_size = image_size
        self.max_pixels = max_pixels
        self.webp = webp
        self.unknown_problem = unknown_problem
        self._known = RowLookup(known)

    def read(self, columns):
        """Reads the photos of a request.

        Args:
            columns: Dict from name to string `[b]`, contents of image files.

        Returns:
            Tuple of uint8 `[u, image_size, image_size, 3]`, the distinct
            photos; int32 `[u]`, the places of these in `known`, -1 for
            others; and dict from column to int32 `[b]`, the places of its
            photos among the distinct ones.

        Raises:
            tf.errors.InvalidArgumentError: When run on something that is no
                image that can be read; names column and row.
        """
        contents = tf.concat(list(columns.values()), axis=0)
        keys = fingerprint(contents)
        rows = self._known(keys)
        problems, pixels = find_problems(
            contents, rows >= 0, self.max_pixels, self.webp
        )
        if self.unknown_problem is not None:
            problems = tf.where(
                (problems == "") & (rows < 0), self.unknown_problem, problems
            )
        contents = check_rows(
            contents,
            problems != "",
            lambda row: _explain(columns, row, tf.gather(problems, row)),
        )
        _, places = tf.unique(keys)
        count = tf.reduce_max(tf.concat([places, [-1]], axis=0)) + 1
        firsts = tf.math.unsorted_segment_min(
            tf.range(tf.size(places)), places, count
        )
        contents = tf.gather(contents, firsts)  # [u]
        # Large photos one by one, so that memory stays bounded.
        largest = tf.reduce_max(tf.concat([pixels, [1]], axis=0))
        images, is_decoded = decode_photos(
            contents,
            self.image_size,
            tf.clip_by_value(self.max_pixels // largest, 1, _MOST_AT_ONCE),
            self.webp,
        )
        images = check_rows(
            images,
            ~is_decoded,
            lambda place: _explain(
                columns,
                tf.gather(firsts, place),
                explain_failure(tf.gather(contents, [place]))[0],
            ),
        )
        sizes = [tf.size(column) for column in columns.values()]
        parts = tf.split(places, sizes)
        return (
            images,
            tf.gather(rows, firsts),
            dict(zip(columns, parts, strict=True)),
        )


def _explain(columns, row, problem):
    """Message about a row of all columns one after the other."""
    names = tf.concat(
        [
            tf.fill(tf.shape(column), f"{name} row ")
            for name, column in columns.items()
        ],
        axis=0,
    )
    numbers = tf.concat(
        [tf.range(tf.size(column)) for column in columns.values()], axis=0
    )
    return tf.strings.join(
        [
            tf.gather(names, row),
            tf.strings.as_string(tf.gather(numbers, row)),
            ": ",
            problem,
        ]
    )
