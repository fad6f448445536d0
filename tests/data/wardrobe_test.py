import errno
import json
import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tfcompat.data import wardrobe as wardrobe_module
from tfcompat.data.errors import InputError
from tfcompat.data.wardrobe import Wardrobe


def same(left, right):
    names = "items customers item_votes pair_votes outfits questions".split()
    for name in names:
        pd.testing.assert_frame_equal(
            getattr(left, name), getattr(right, name), check_categorical=False
        )


class TestLoad:
    def test_ids_become_row_numbers(self, folder):
        wardrobe = Wardrobe.load(folder)
        assert wardrobe.customers["customer_id"].tolist() == ["anna", "ben"]
        votes = wardrobe.item_votes
        assert votes["customer"].tolist() == [0, 0, 1]
        assert votes["item"].tolist() == [0, 2, 1]
        assert votes["vote"].tolist() == [1, -1, 1]
        assert votes.dtypes.astype(str).tolist() == [
            "int32",
            "int32",
            "int8",
            "category",
        ]
        pairs = wardrobe.pair_votes
        assert pairs["query"].tolist() == [0, 0, 1]
        assert pairs["candidate"].tolist() == [2, 2, 3]
        assert pairs["timestamp"].tolist() == [100, 101, 102]

    def test_nobody_is_minus_one(self, folder):
        wardrobe = Wardrobe.load(folder)
        assert wardrobe.outfits["customer"].tolist() == [0, 0, -1, -1]
        assert wardrobe.questions["customer"].tolist() == [0, 0, -1, -1]
        assert wardrobe.questions["label"].tolist() == [1, 0, 0, 1]

    def test_numeric_attributes_are_numbers_and_unknown_is_nan(self, folder):
        wardrobe = Wardrobe.load(folder)
        assert wardrobe.attributes == {
            "attr_color": "categorical",
            "attr_length": "numeric",
        }
        np.testing.assert_array_equal(
            wardrobe.items["attr_length"], [0.5, np.nan, 1, 2]
        )
        np.testing.assert_array_equal(
            wardrobe.items["price"], [10, np.nan, 12.5, 9]
        )
        assert wardrobe.items["attr_color"].tolist() == [
            "red",
            "blue",
            "",
            "red",
        ]

    def test_groups_and_categories_are_indices_into_sorted_names(self, folder):
        wardrobe = Wardrobe.load(folder)
        assert wardrobe.groups == ["bottom", "top"]
        assert wardrobe.item_groups.tolist() == [1, 1, 0, 0]
        assert wardrobe.categories == ["jeans", "polo", "shirt", "skirt"]
        assert wardrobe.item_categories.tolist() == [2, 1, 3, 0]
        assert wardrobe.item_groups.dtype == np.int32

    def test_only_items_must_exist(self, folder):
        for path in folder.glob("*.csv"):
            if path.name != "items.csv":
                path.unlink()
        wardrobe = Wardrobe.load(folder)
        assert len(wardrobe.items) == 4
        for name in ("customers", "item_votes", "pair_votes"):
            assert getattr(wardrobe, name).empty
        assert "split" in wardrobe.pair_votes
        assert wardrobe.image_paths[0] == folder / "images" / "t1.png"

    def test_byte_order_mark_and_windows_lines_are_read(self, folder):
        path = folder / "item_votes.csv"
        text = path.read_text().replace("\n", "\r\n")
        path.write_bytes(b"\xef\xbb\xbf" + text.encode())
        assert len(Wardrobe.load(folder).item_votes) == 3

    def test_million_votes_without_python_per_row(self, folder, monkeypatch):
        # Python code may run per distinct id, never per vote.
        count, calls = 1_000_000, []
        items = [f"i{at}" for at in range(1000)]
        shutil.rmtree(folder)
        folder.mkdir()
        Image.new("RGB", (2, 2)).save(folder / "i.png")
        rows = "".join(f"{item},i.png,top,shirt\n" for item in items)
        (folder / "items.csv").write_text(
            "item_id,image,group,category\n" + rows
        )
        numbers = np.arange(count)
        votes = pd.DataFrame(
            {
                "customer_id": np.char.add("c", (numbers // 1000).astype(str)),
                "item_id": np.array(items)[numbers % 1000],
                "vote": np.where(numbers % 3, 1, -1),
            }
        )
        votes.to_parquet(folder / "item_votes.parquet")

        def profile(frame, event, argument):
            if event == "call":
                calls.append(1)

        import sys

        sys.setprofile(profile)
        try:
            wardrobe = Wardrobe.load(folder)
        finally:
            sys.setprofile(None)
        assert len(wardrobe.item_votes) == count
        assert len(calls) < count / 10
        used = wardrobe.item_votes.memory_usage(index=False).sum()
        assert used < 11 * count  # Two int32, two bytes a vote.


class TestSplits:
    def test_adding_rows_moves_nothing(self, folder):
        path = folder / "item_votes.csv"
        header = "customer_id,item_id,vote\n"
        rows = [
            f"c{at},{item},1\n" for at in range(200) for item in ("t1", "b2")
        ]
        path.write_text(header + "".join(rows))
        before = Wardrobe.load(folder)
        path.write_text(header + "aaa,t2,1\n" + "".join(reversed(rows)))
        after = Wardrobe.load(folder)

        def by_id(wardrobe):
            votes = wardrobe.item_votes
            ids = wardrobe.customers["customer_id"].to_numpy()
            keys = zip(ids[votes["customer"]], votes["item"], strict=True)
            return dict(zip(keys, votes["split"], strict=True))

        assert by_id(before).items() <= by_id(after).items()
        assert set(by_id(before).values()) == {"train", "valid", "test"}

    def test_seed_of_the_manifest_is_used(self, folder):
        path = folder / "pair_votes.csv"
        rows = "".join(f"c{at},t1,b1,1\n" for at in range(300))
        path.write_text("customer_id,query_id,candidate_id,vote\n" + rows)
        before = Wardrobe.load(folder)
        (folder / "wardrobe.json").write_text('{"split_seed": 7}')
        after = Wardrobe.load(folder)
        assert after.split_seed == 7
        assert (before.pair_votes["split"] != after.pair_votes["split"]).any()
        assert before.splits_hash != after.splits_hash


class TestSave:
    @pytest.mark.parametrize("table_format", ["csv", "parquet"])
    def test_saved_wardrobe_is_the_same(self, folder, tmp_path, table_format):
        wardrobe = Wardrobe.load(folder)
        wardrobe.save(tmp_path / "copy", table_format)
        again = Wardrobe.load(tmp_path / "copy")
        same(wardrobe, again)
        assert (tmp_path / "copy" / f"items.{table_format}").exists()
        assert (tmp_path / "copy" / "images" / "b2.png").exists()
        assert again.splits_hash == wardrobe.splits_hash

    def test_quotes_commas_and_line_breaks_survive(self, folder, tmp_path):
        wardrobe = Wardrobe.load(folder)
        texts = ['a "quoted" word', "one, two", "two\nlines", "é ü 漢"]
        wardrobe.items["text"] = texts
        wardrobe.save(tmp_path / "copy")
        assert Wardrobe.load(tmp_path / "copy").items["text"].tolist() == texts

    def test_manifest_counts_and_keeps_what_it_said(self, folder, tmp_path):
        (folder / "wardrobe.json").write_text(
            '{"name": "demo", "licence": "CC0-1.0", "split_seed": 3}'
        )
        wardrobe = Wardrobe.load(folder)
        wardrobe.save(tmp_path / "copy")
        said = json.loads((tmp_path / "copy" / "wardrobe.json").read_text())
        assert said["name"] == "demo" and said["licence"] == "CC0-1.0"
        assert said["counts"]["pair_votes"] == 3
        assert said["split_seed"] == 3
        assert said["splits"]["hash"] == wardrobe.splits_hash

    def test_existing_folder_is_not_touched(self, folder, tmp_path):
        wardrobe = Wardrobe.load(folder)
        (tmp_path / "copy").mkdir()
        (tmp_path / "copy" / "mine").write_text("mine")
        with pytest.raises(InputError, match="already exists"):
            wardrobe.save(tmp_path / "copy")
        assert (tmp_path / "copy" / "mine").read_text() == "mine"

    def test_full_disk_leaves_nothing(self, folder, tmp_path, monkeypatch):
        def full(*arguments):
            raise OSError(errno.ENOSPC, "No space left on device")

        wardrobe = Wardrobe.load(folder)
        monkeypatch.setattr(wardrobe_module.shutil, "copyfile", full)
        with pytest.raises(
            InputError, match="copy: cannot be written.*No space"
        ):
            wardrobe.save(tmp_path / "copy")
        assert [path.name for path in tmp_path.iterdir()] == ["wardrobe"]

    def test_unknown_table_format_is_named(self, folder, tmp_path):
        with pytest.raises(ValueError, match="`table_format`.*'xls'"):
            Wardrobe.load(folder).save(tmp_path / "copy", "xls")
