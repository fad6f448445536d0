"""Observed ratings and the products with them that cost O(count)."""

import numpy as np
import scipy.sparse

# Ratings whose two factors are gathered at once: they stay in the L2 cache.
_CHUNK = 32_768
# Floats held at once while Gram matrices are summed (64 MiB).
_GRAM_FLOATS = 8_388_608


class SparseRatings:
    """Ratings of items (rows) by customers (columns), sorted by column.

    All work of the Partial Dual solver on data goes through the five products
    below; none makes a dense rows x columns matrix or loops over columns in
    Python. A pair that is given twice counts as two observations.

    Args:
        rows: int `[n]`, values in `[0, shape[0])`.
        columns: int `[n]`, values in `[0, shape[1])`.
        ratings: float `[n]`.
        shape: `(num_rows, num_columns)`.
    """

    def __init__(self, rows, columns, ratings, shape):
        self.shape = (int(shape[0]), int(shape[1]))
        # By column, then row: results do not depend on the order given.
        order = np.argsort(columns.astype(np.int64) * self.shape[0] + rows)
        self.rows = rows[order].astype(np.int32)
        self.columns = columns[order].astype(np.int32)
        self.ratings = ratings[order].astype(np.float64)
        counts = np.bincount(self.columns, minlength=self.shape[1])
        index_type = np.int32 if len(rows) < 2**31 else np.int64
        self._starts = np.append(0, np.cumsum(counts)).astype(index_type)

    def __len__(self):
        return len(self.ratings)

    def matrix(self, values):
        """`values` `[n]` as a sparse matrix `[num_columns, num_rows]`."""
        return scipy.sparse.csr_matrix(
            (values, self.rows, self._starts), shape=self.shape[::-1]
        )

    def row_sums(self, values, column_factors):
        """For each row, the sum of value * factor of the column: `[d, k]`."""
        return self.matrix(values).T @ column_factors

    def column_sums(self, values, row_factors):
        """For each column, the sum of value * factor of the row: `[T, k]`."""
        return self.matrix(values) @ row_factors

    def products(self, row_factors, column_factors):
        """`row_factors[i] . column_factors[t]` of each rated pair: `[n]`."""
        return gathered_products(
            row_factors, column_factors, self.rows, self.columns
        )

    def column_grams(self, row_factors):
        """Sums `u u^T` over the rated rows of each column, block by block.

        Sparse products with the packed outer products need neither the
        `[n, r, r]` array nor a loop over columns.

        Args:
            row_factors: float `[d, r]`.

        Yields:
            `(block, grams)`: a slice of columns, float `[len(block), r, r]`.
        """
        for block in self._blocks(row_factors.shape[1]):
            part = self._pattern(block)
            yield (
                block,
                _unpack(
                    row_factors.shape[1],
                    [part @ outer for outer in _outer_panels(row_factors)],
                ),
            )

    def row_grams(self, column_factors):
        """Sums `a a^T` over the columns that rated each row: `[d, r, r]`."""
        rank = column_factors.shape[1]
        packed = np.zeros((self.shape[0], rank * (rank + 1) // 2))
        for block in self._blocks(rank):
            part, offset = self._pattern(block).T, 0
            for outer in _outer_panels(column_factors[block]):
                width = outer.shape[1]
                packed[:, offset : offset + width] += part @ outer
                offset += width
        return _unpack(rank, [packed])

    def _pattern(self, block):
        """Ones where a block's columns are rated, sparse `[block, d]`."""
        starts = self._starts[block.start : block.stop + 1]
        first, last = starts[0], starts[-1]
        return scipy.sparse.csr_matrix(
            (np.ones(last - first), self.rows[first:last], starts - first),
            shape=(len(starts) - 1, self.shape[0]),
        )

    def _blocks(self, rank):
        # Never far fewer columns than rows, or the outer products of the
        # rows, made anew for each block, would be the larger cost.
        size = max(_GRAM_FLOATS // rank**2, self.shape[0] // 4, 1)
        for start in range(0, self.shape[1], size):
            yield slice(start, min(start + size, self.shape[1]))


def gathered_products(row_factors, column_factors, rows, columns):
    """`row_factors[rows[k]] . column_factors[columns[k]]` for all k: `[n]`."""
    result = np.empty(len(rows))
    for start in range(0, len(rows), _CHUNK):
        part = slice(start, start + _CHUNK)
        np.einsum(
            "nr,nr->n",
            row_factors.take(rows[part], axis=0),
            column_factors.take(columns[part], axis=0),
            out=result[part],
        )
    return result


def _outer_panels(factors, width=64):
    """Upper triangles of `f f^T`, packed, in panels that fit the cache."""
    left, right = np.triu_indices(factors.shape[1])
    for start in range(0, len(left), width):
        part = slice(start, start + width)
        panel = factors.take(left[part], axis=1)
        panel *= factors.take(right[part], axis=1)
        yield panel


def _unpack(rank, panels):
    """Packed upper triangles `[m, r (r + 1) / 2]` to `[m, r, r]`."""
    left, right = np.triu_indices(rank)
    place = np.empty((rank, rank), dtype=np.intp)
    place[left, right] = place[right, left] = np.arange(len(left))
    return np.concatenate(panels, axis=1).take(place, axis=1)
