import json

import pandas as pd

from tfcompat.data.captions import item_captions, write_vocabulary


def make_items(**columns):
    return pd.DataFrame({"category": ["shirt", "jeans"], **columns})


class TestItemCaptions:
    def test_text_is_taken_where_there_is_one(self):
        items = make_items(
            text=["a fine shirt", " "],
            attr_color=["red", "blue"],
            attr_fit=["", "slim"],
            attr_color_l=[1.0, 2.0],
        )
        assert item_captions(items) == ["a fine shirt", "blue slim jeans"]

    def test_category_alone_is_a_caption(self):
        assert item_captions(make_items()) == ["shirt", "jeans"]


class TestWriteVocabulary:
    def test_most_frequent_pairs_are_joined_first(self, tmp_path):
        count = write_vocabulary(["Red  ray", "red"], tmp_path)
        numbers = json.loads((tmp_path / "vocab.json").read_text())
        assert sorted(numbers.values()) == list(range(count))
        # 256 bytes, each also as a word's end; four pairs; two marks. "e d"
        # and "r e" occur twice, the former is first in the alphabet.
        assert count == 512 + 4 + 2
        merges = (tmp_path / "merges.txt").read_text().splitlines()
        assert merges[1:] == ["e d</w>", "r ed</w>", "a y</w>", "r ay</w>"]
