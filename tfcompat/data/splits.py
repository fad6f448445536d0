"""Train, valid and test parts by a hash of stable ids.

A row's part depends on its ids and a seed alone, so it never moves when other
rows are added, removed or reordered.
"""

import numpy as np
import pandas as pd
import pyarrow as pa

SPLITS = ("train", "valid", "test")
ITEM_VOTE_FRACTIONS = (0.8, 0.1, 0.1)
PAIR_VOTE_FRACTIONS = (0.7, 0.1, 0.2)

# 64-bit FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv.
_FNV_OFFSET = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)

_CHUNK = 65_536  # Rows hashed at once: they stay in the cache.


def _mix(hashes):
    """Spreads every input bit over all 64 (the finaliser of SplitMix64)."""
    hashes = hashes + np.uint64(0x9E3779B97F4A7C15)
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(
        0xBF58476D1CE4E5B9
    )
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(
        0x94D049BB133111EB
    )
    return hashes ^ (hashes >> np.uint64(31))


def hash_ids(ids):
    """Hashes ids to 64 bits, the same in every process and on every machine.

    Args:
        ids: Sequence of `str`, length n.

    Returns:
        uint64 `[n]`: 64-bit FNV-1a of each id's UTF-8 bytes.
    """
    if not len(ids):
        return np.zeros(0, np.uint64)
    # Where each id's bytes start, and the bytes of all, one after another.
    _, starts, letters = pa.array(ids, pa.large_string()).buffers()
    starts = np.frombuffer(starts, np.int64)[: len(ids) + 1]
    starts, lengths = starts[:-1], np.diff(starts)
    hashes = np.full(len(ids), _FNV_OFFSET)
    if letters is None:  # Every id is empty.
        return hashes
    letters = np.frombuffer(letters, np.uint8)
    longer = np.arange(len(ids))
    for place in range(lengths.max()):
        # A byte is folded into the ids that have one here.
        if not (lengths[longer] > place).all():
            longer = longer[lengths[longer] > place]
        folded = hashes[longer] ^ letters[starts[longer] + place]
        hashes[longer] = folded * _FNV_PRIME
    return hashes


def hash_rows(id_hashes, seed):
    """Hashes rows of several ids, order-sensitive, with a seed.

    Args:
        id_hashes: List of uint64 `[n]`, `hash_ids` of each id column.
        seed: int; another seed gives unrelated hashes.

    Returns:
        uint64 `[n]`.
    """
    with np.errstate(over="ignore"):
        first = _mix(np.array([seed % 2**64], np.uint64))
        result = np.empty(len(id_hashes[0]), np.uint64)
        for start in range(0, len(result), _CHUNK):
            part, hashes = slice(start, start + _CHUNK), first
            for column in id_hashes:
                hashes = _mix(hashes ^ column[part])
            result[part] = hashes
    return result


def split_by_hash(row_hashes, fractions):
    """Assigns each row to train, valid or test.

    Args:
        row_hashes: uint64 `[n]` from `hash_rows`.
        fractions: Shares of train, valid and test; sum to 1.

    Returns:
        `pandas.Categorical` `[n]` with the categories of `SPLITS`.

    Raises:
        ValueError: If `fractions` are not three shares that sum to 1.
    """
    if len(fractions) != len(SPLITS) or abs(sum(fractions) - 1) > 1e-9:
        raise ValueError(
            f"`fractions` must be three shares that sum to 1, got {fractions}."
        )
    places = (row_hashes >> np.uint64(11)) * 2.0**-53  # In [0, 1).
    codes = np.zeros(len(places), np.int8)
    for end in np.cumsum(fractions)[:-1]:
        codes += places >= end
    return pd.Categorical.from_codes(codes, list(SPLITS))


def fingerprint(row_hashes, splits):
    """One number for who is in which part, whatever the order of the rows.

    Args:
        row_hashes: uint64 `[n]` from `hash_rows`.
        splits: `pandas.Categorical` `[n]` from `split_by_hash`.

    Returns:
        16 hexadecimal digits.
    """
    with np.errstate(over="ignore"):
        codes = splits.codes.astype(np.uint64)
        total = _mix(row_hashes ^ _mix(codes)).sum(dtype=np.uint64)
    return f"{int(total):016x}"
