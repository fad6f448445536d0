import pytest

from tfcompat.retrieval.exact_shelf import ExactShelf
from tfcompat.retrieval.index_choice import (
    LARGEST_EXACT,
    choose_index,
    index_bytes,
)


class TestChooseIndex:
    def test_exact_as_long_as_it_is_fast_enough(self):
        assert choose_index(0, 128) == "exact"
        assert choose_index(LARGEST_EXACT, 128) == "exact"
        assert choose_index(LARGEST_EXACT + 1, 128) == "scann"

    def test_longer_rows_allow_fewer_items(self):
        assert choose_index(60_000, 640) == "exact"
        assert choose_index(60_001, 640) == "scann"

    def test_bad_number_is_named(self):
        with pytest.raises(ValueError, match="must not be negative, got -1"):
            choose_index(-1, 128)
        with pytest.raises(ValueError, match="`dim` must not be negative"):
            choose_index(1, -1)


class TestIndexBytes:
    def test_by_hand(self):
        # 10^6 items of 128 floats; ScaNN adds 32 bytes an item and a thousand
        # leaves of 128 floats.
        assert index_bytes(10**6, 128) == 512_000_000
        assert index_bytes(10**6, 128, "scann") == 512_000_000 + 32_512_000

    def test_is_what_a_shelf_holds(self):
        import numpy as np

        [kept] = ExactShelf(np.zeros((5000, 7), "float32")).variables
        assert kept.numpy().nbytes == index_bytes(5000, 7)

    def test_bad_kind_is_named(self):
        with pytest.raises(ValueError, match="`kind` must be exact or scann"):
            index_bytes(1, 1, "fast")
