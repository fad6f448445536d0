import numpy as np
import pytest

from tfcompat.data.splits import (
    fingerprint,
    hash_ids,
    hash_rows,
    split_by_hash,
)


def reference_fnv(text):
    """64-bit FNV-1a as its authors define it, a byte at a time."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


class TestHashIds:
    def test_published_values(self):
        # From the FNV authors' test vectors.
        hashes = hash_ids(["", "a", "foobar"]).tolist()
        assert hashes == [
            0xCBF29CE484222325,
            0xAF63DC4C8601EC8C,
            0x85944171F73967E8,
        ]

    def test_length_and_script_do_not_matter(self):
        ids = ["x", "customer-0123456789" * 3, "é漢", "1"]
        assert hash_ids(ids).tolist() == [reference_fnv(text) for text in ids]

    def test_nothing(self):
        assert hash_ids([]).shape == (0,)


class TestSplits:
    def test_shares_and_no_drift_between_them(self):
        ids = hash_ids([f"c{at}" for at in range(20000)])
        hashes = hash_rows([ids, ids[::-1]], seed=0)
        counts = split_by_hash(hashes, (0.7, 0.1, 0.2)).value_counts()
        # Standard deviations are 65, 42 and 57.
        assert abs(counts["train"] - 14000) < 260
        assert abs(counts["valid"] - 2000) < 170
        assert abs(counts["test"] - 4000) < 230

    def test_seeds_are_independent(self):
        ids = hash_ids([f"c{at}" for at in range(20000)])
        halves = [
            split_by_hash(hash_rows([ids], seed), (0.5, 0.0, 0.5)) == "train"
            for seed in (0, 1)
        ]
        assert abs((halves[0] & halves[1]).mean() - 0.25) < 0.015

    def test_order_of_the_ids_matters(self):
        left, right = hash_ids(["a"]), hash_ids(["b"])
        assert hash_rows([left, right], 0) != hash_rows([right, left], 0)

    def test_known_hash_never_changes(self):
        # Splits in the field depend on it.
        hashes = hash_rows([hash_ids(["anna"]), hash_ids(["t1"])], seed=0)
        assert hashes.tolist() == [0xDD0A5A767FE82525]

    def test_wrong_shares_are_named(self):
        with pytest.raises(ValueError, match="`fractions`.*0.5"):
            split_by_hash(np.zeros(1, np.uint64), (0.5, 0.1, 0.1))


class TestFingerprint:
    def test_order_of_the_rows_does_not_matter(self):
        hashes = hash_ids([f"c{at}" for at in range(50)])
        parts = split_by_hash(hashes, (0.5, 0.2, 0.3))
        turned = split_by_hash(hashes[::-1], (0.5, 0.2, 0.3))
        assert fingerprint(hashes, parts) == fingerprint(hashes[::-1], turned)

    def test_other_parts_show(self):
        hashes = hash_ids(["a", "b"])
        every = split_by_hash(hashes, (1.0, 0.0, 0.0))
        none = split_by_hash(hashes, (0.0, 0.0, 1.0))
        assert fingerprint(hashes, every) != fingerprint(hashes, none)
