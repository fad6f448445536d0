"""One test a check: it shows the message that a user sees."""

import logging
import os
import re

import numpy as np
import pandas as pd
import pytest

from tfcompat.data import tables
from tfcompat.data.errors import InputError
from tfcompat.data.validation import duplicates
from tfcompat.data.wardrobe import Wardrobe

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
# (file, what is replaced, by what, the message)
BAD_ROWS = {
    "missing id": (
        "items.csv",
        "t2,images",
        ",images",
        "items.csv, line 3, column item_id: '' is empty",
    ),
    "duplicate id": (
        "items.csv",
        "b2,images",
        "t1,images",
        "items.csv, line 5, column item_id: 't1' is there twice",
    ),
    "missing group": (
        "items.csv",
        "b2.png,bottom",
        "b2.png,",
        "items.csv, line 5, column group: '' is empty",
    ),
    "NaN attribute": (
        "items.csv",
        "blue,",
        "blue,NaN",
        "items.csv, line 3, column attr_length: 'NaN' is not a number",
    ),
    "price of words": (
        "items.csv",
        "12.5",
        "cheap",
        "items.csv, line 4, column price: 'cheap' is not a price",
    ),
    "missing image": (
        "items.csv",
        "images/b1.png",
        "images/b3.png",
        "items.csv, line 4, column image: 'images/b3.png' does not exist",
    ),
    "image above the folder": (
        "items.csv",
        "images/b1.png",
        "../b1.png",
        "line 4, column image: '../b1.png' leaves the folder",
    ),
    "absolute image": (
        "items.csv",
        "images/b1.png",
        "/etc/passwd",
        "line 4, column image: '/etc/passwd' is an absolute path",
    ),
    "unknown item": (
        "item_votes.csv",
        "anna,b1,-1",
        "anna,x9,-1",
        "item_votes.csv, line 3, column item_id: 'x9' is not defined in items",
    ),
    "vote that is no vote": (
        "item_votes.csv",
        "ben,t2,1",
        "ben,t2,5",
        "item_votes.csv, line 4, column vote: '5' is not 1 or -1",
    ),
    "NaN vote": (
        "item_votes.csv",
        "ben,t2,1",
        "ben,t2,nan",
        "item_votes.csv, line 4, column vote: 'nan' is not 1 or -1",
    ),
    "NaN customer": (
        "item_votes.csv",
        "ben,t2,1",
        "nan,t2,1",
        "line 4, column customer_id: 'nan' is not a number but NaN",
    ),
    "contradicting votes": (
        "item_votes.csv",
        "ben,t2,1",
        "anna,t1,-1",
        "line 2, column vote: '1' contradicts another row about the same",
    ),
    "contradicting pair votes": (
        "pair_votes.csv",
        "ben,t1,b1,-1,101",
        "anna,t1,b1,-1,101",
        "line 2, column vote: '1' contradicts another row about the same",
    ),
    "time that is no time": (
        "pair_votes.csv",
        "101",
        "soon",
        "pair_votes.csv, line 3, column timestamp: 'soon' is no time",
    ),
    "too few fields": (
        "pair_votes.csv",
        "ben,t1,b1,-1,101",
        "ben,t1",
        "pair_votes.csv, line 3, 2 fields where the header has 5",
    ),
    "outfit of two people": (
        "outfits.csv",
        "o1,anna,b1",
        "o1,ben,b1",
        "outfits.csv, line 2, column customer_id: 'anna' differs within one",
    ),
    "unknown split": (
        "questions.csv",
        "q1,test,anna,t1,b1,1",
        "q1,exam,anna,t1,b1,1",
        "questions.csv, line 2, column split: 'exam' is not one of train",
    ),
    "label that is no label": (
        "questions.csv",
        "q1,test,anna,t1,b1,1",
        "q1,test,anna,t1,b1,-1",
        "questions.csv, line 2, column label: '-1' is not 1 or 0",
    ),
}


@pytest.mark.parametrize("case", BAD_ROWS)
class TestBadRows:
    def test_message_names_file_line_column_and_value(
        self, case, folder, spoil
    ):
        name, old, new, message = BAD_ROWS[case]
        spoil(name, old, new)
        with pytest.raises(InputError, match=re.escape(message)) as caught:
            Wardrobe.load(folder)
        assert "\n" not in str(caught.value)
        assert str(folder) in str(caught.value)

    def test_skipped_row_is_kept_in_rejected(self, case, folder, spoil, caplog):
        name, old, new, _ = BAD_ROWS[case]
        spoil(name, old, new)
        before = (folder / name).read_text().splitlines()
        with caplog.at_level(logging.WARNING):
            Wardrobe.load(folder, skip_bad=True)
        rejected = pd.read_csv(folder / "rejected.csv", dtype=str)
        assert list(rejected) == ["file", "line", "reason", "row"]
        here = rejected[rejected["file"] == name]
        assert len(here)
        for line, text in zip(here["line"], here["row"], strict=True):
            assert before[int(line) - 1] == text
        after = (folder / name).read_text().splitlines()
        assert sorted(after + here["row"].tolist()) == sorted(before)
        assert f"{len(here)} bad rows left out" in caplog.text
        Wardrobe.load(folder)  # What is left is sound.


class TestBadFiles:
    @pytest.fixture
    def message(self, folder):
        def load():
            with pytest.raises(InputError) as caught:
                Wardrobe.load(folder)
            assert "\n" not in str(caught.value)
            return str(caught.value)

        return load

    def test_missing_folder(self, tmp_path):
        with pytest.raises(InputError, match="nowhere: does not exist"):
            Wardrobe.load(tmp_path / "nowhere")

    def test_file_in_place_of_the_folder(self, folder):
        with pytest.raises(InputError, match="items.csv: is not a folder"):
            Wardrobe.load(folder / "items.csv")

    def test_no_items(self, folder, message):
        (folder / "items.csv").unlink()
        assert "holds no items.csv" in message()

    def test_empty_file(self, folder, message):
        (folder / "pair_votes.csv").write_text("")
        assert message().endswith("pair_votes.csv: is empty (0 bytes).")

    def test_header_without_rows(self, folder, message):
        (folder / "item_votes.csv").write_text("customer_id,item_id,vote\n")
        assert "item_votes.csv: has a header but no rows" in message()

    def test_missing_column(self, folder, message, spoil):
        spoil("item_votes.csv", "customer_id,item_id", "user,item_id")
        assert "item_votes.csv, line 1: column 'customer_id' is missing; " in (
            message()
        )

    def test_semicolons(self, folder, message):
        path = folder / "item_votes.csv"
        path.write_text(path.read_text().replace(",", ";"))
        assert "the header is 'customer_id;item_id;vote'" in message()

    def test_column_twice(self, folder, message, spoil):
        spoil("item_votes.csv", "item_id,vote", "item_id,vote,vote")
        assert "line 1: column 'vote' occurs more than once" in message()

    def test_wrong_encoding(self, folder, message):
        path = folder / "items.csv"
        text = path.read_text().replace("blue", "bläu")
        path.write_bytes(text.encode("latin-1"))
        assert "items.csv, line 3: byte 0xe4 at column" in message()
        assert "is not UTF-8" in message()

    def test_utf_16(self, folder, message):
        path = folder / "items.csv"
        path.write_bytes(path.read_text().encode("utf-16"))
        assert "items.csv, line 1: byte 0xff at column 1" in message()

    def test_git_lfs_pointer(self, folder, message):
        (folder / "pair_votes.csv").write_text(POINTER)
        assert "pair_votes.csv: is a Git-LFS pointer" in message()

    def test_csv_and_parquet(self, folder, message):
        (folder / "items.parquet").write_bytes(b"PAR1")
        assert "both items.csv and items.parquet" in message()

    def test_parquet_that_is_none(self, folder, message):
        (folder / "items.csv").unlink()
        (folder / "items.parquet").write_bytes(b"PAR1")
        assert "items.parquet: cannot be read as Parquet" in message()

    def test_manifest_that_is_no_json(self, folder, message):
        (folder / "wardrobe.json").write_text('{"name":\n oops}')
        assert "wardrobe.json, line 2: is not JSON" in message()

    def test_seed_that_is_no_number(self, folder, message):
        (folder / "wardrobe.json").write_text('{"split_seed": "x"}')
        assert "split_seed 'x' is not an integer" in message()

    def test_link_out_of_the_folder(self, folder, message, tmp_path):
        (tmp_path / "secret.png").write_bytes(b"")
        (folder / "images" / "b1.png").unlink()
        os.symlink(tmp_path / "secret.png", folder / "images" / "b1.png")
        assert "'images/b1.png' leaves the folder by a symbolic" in message()

    def test_linked_folder_out_of_the_folder(self, folder, message, tmp_path):
        (folder / "images").rename(tmp_path / "elsewhere")
        os.symlink(tmp_path / "elsewhere", folder / "images")
        assert "'images/t1.png' leaves the folder by a symbolic" in message()

    def test_link_inside_the_folder_is_fine(self, folder):
        (folder / "images" / "b1.png").unlink()
        os.symlink("t1.png", folder / "images" / "b1.png")
        assert len(Wardrobe.load(folder).items) == 4


class TestLines:
    def test_blank_and_malformed_lines_count(self, folder):
        (folder / "item_votes.csv").write_text(
            "customer_id,item_id,vote\n\nanna,t1,1\nben\n\n\nben,t2,0\n"
        )
        with pytest.raises(InputError, match="line 4, 1 fields where.* of 2 "):
            Wardrobe.load(folder)
        Wardrobe.load(folder, skip_bad=True)
        rejected = pd.read_csv(folder / "rejected.csv")
        assert rejected["line"].tolist() == [4, 7]
        assert rejected["row"].tolist() == ["ben", "ben,t2,0"]

    def test_row_behind_many_blocks_of_the_file(self, folder, monkeypatch):
        # Rows are counted on across blocks and rows that are passed over.
        monkeypatch.setattr(tables, "_BLOCK_BYTES", 1 << 14)
        rows = [f"{'c' * 40}{at},t1,1\n" for at in range(5000)]
        rows[5] = "short\n"
        rows[4990] = "anna,t1,3\n"
        (folder / "item_votes.csv").write_text(
            "customer_id,item_id,vote\n" + "".join(rows)
        )
        Wardrobe.load(folder, skip_bad=True)
        rejected = pd.read_csv(folder / "rejected.csv")
        assert rejected["line"].tolist() == [7, 4992]

    def test_zero_bytes_are_no_obstacle(self, folder, spoil):
        spoil("item_votes.csv", "ben,t2,1", "ben,t\0,1")
        with pytest.raises(InputError, match="line 4, column item_id"):
            Wardrobe.load(folder)


class TestParquet:
    def test_message_names_the_row(self, folder):
        votes = pd.read_csv(folder / "item_votes.csv")
        (folder / "item_votes.csv").unlink()
        votes["vote"] = [1, 0, 1]
        votes.to_parquet(folder / "item_votes.parquet")
        with pytest.raises(InputError, match="row 2, column vote: '0' is not"):
            Wardrobe.load(folder)
        wardrobe = Wardrobe.load(folder, skip_bad=True)
        assert len(wardrobe.item_votes) == 2
        assert "item_votes.parquet,2," in (folder / "rejected.csv").read_text()
        assert len(pd.read_parquet(folder / "item_votes.parquet")) == 2

    def test_a_row_with_line_breaks_moves_alone(self, folder):
        items = pd.read_csv(folder / "items.csv")
        (folder / "items.csv").unlink()
        items["text"] = "one\ntwo"
        items.loc[1, "image"] = "images/none.png"
        items.to_parquet(folder / "items.parquet")
        Wardrobe.load(folder, skip_bad=True)
        kept = pd.read_parquet(folder / "items.parquet")
        assert kept["item_id"].tolist() == ["t1", "b1", "b2"]

    def test_number_ids_are_text(self, folder):
        for name in ("item_votes", "outfits", "questions", "pair_votes"):
            (folder / f"{name}.csv").unlink()
        items = pd.read_csv(folder / "items.csv").assign(item_id=[1, 2, 3, 4])
        (folder / "items.csv").unlink()
        items.to_parquet(folder / "items.parquet")
        loaded = Wardrobe.load(folder).items
        assert loaded["item_id"].tolist() == ["1", "2", "3", "4"]


class TestSkipping:
    def test_votes_on_a_rejected_item_go_with_it(self, folder, spoil):
        spoil("items.csv", "images/b1.png", "images/gone.png")
        wardrobe = Wardrobe.load(folder, skip_bad=True)
        assert "b1" not in wardrobe.items["item_id"].tolist()
        assert len(wardrobe.pair_votes) == 1
        rejected = (folder / "rejected.csv").read_text()
        assert "'b1' is not defined in items" in rejected

    def test_rows_rejected_earlier_stay(self, folder, spoil):
        spoil("item_votes.csv", "ben,t2,1", "ben,t2,5")
        Wardrobe.load(folder, skip_bad=True)
        spoil("item_votes.csv", "anna,b1,-1", "anna,b1,7")
        Wardrobe.load(folder, skip_bad=True)
        assert len(pd.read_csv(folder / "rejected.csv")) == 2

    def test_sound_folder_gets_no_rejected(self, folder):
        Wardrobe.load(folder, skip_bad=True)
        assert not (folder / "rejected.csv").exists()

    def test_rows_of_several_lines_move_whole(self, folder, spoil):
        spoil("items.csv", "t2,images/t2.png", '"t\n2",images/none.png')
        Wardrobe.load(folder, skip_bad=True)
        rejected = pd.read_csv(folder / "rejected.csv")
        assert rejected["row"][0].startswith('"t\n2",images/none.png')
        assert len(Wardrobe.load(folder).items) == 3

    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    @pytest.mark.parametrize("inside", ["\r", "\n", "\r\n", "\r\r"])
    def test_line_breaks_of_any_kind_move_no_good_row(
        self, folder, end, inside
    ):
        rows = [
            "item_id,image,group,category,text",
            f't1,images/t1.png,top,tee,"one{inside}two"',
            "t2,images/t2.png,top,tee,",
            f'b1,images/none.png,bottom,jeans,"three{inside}four"',
            "b2,images/b2.png,bottom,skirt,",
        ]
        path = folder / "items.csv"
        path.write_bytes("".join(row + end for row in rows).encode())
        Wardrobe.load(folder, skip_bad=True)
        kept = "".join(row + end for row in rows if "none" not in row)
        assert path.read_bytes() == kept.encode()

    def test_rows_that_end_with_a_carriage_return(self, folder):
        path = folder / "item_votes.csv"
        header = b"customer_id,item_id,vote\n"
        path.write_bytes(header + b"anna,t1,1\ranna,t2,5\rben,b1,1\n")
        Wardrobe.load(folder, skip_bad=True)
        assert path.read_bytes() == header + b"anna,t1,1\rben,b1,1\n"

    def test_no_good_row_left(self, folder, spoil):
        (folder / "item_votes.csv").write_text(
            "customer_id,item_id,vote\nanna,t1,2\n"
        )
        with pytest.raises(InputError, match="no good row is left of 1"):
            Wardrobe.load(folder, skip_bad=True)

    def test_folder_that_cannot_be_written(self, folder, spoil, monkeypatch):
        spoil("item_votes.csv", "ben,t2,1", "ben,t2,5")
        before = (folder / "item_votes.csv").read_text()

        def refuse(*arguments):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "replace", refuse)
        with pytest.raises(InputError, match="rejected.csv: cannot be written"):
            Wardrobe.load(folder, skip_bad=True)
        assert (folder / "item_votes.csv").read_text() == before

    def test_exact_repetitions_are_dropped_and_counted(
        self, folder, spoil, caplog
    ):
        spoil("item_votes.csv", "ben,t2,1\n", "ben,t2,1\nben,t2,1\nanna,t1,1\n")
        with caplog.at_level(logging.WARNING):
            wardrobe = Wardrobe.load(folder)
        assert len(wardrobe.item_votes) == 3
        assert "2 rows repeat an earlier row and are dropped" in caplog.text

    def test_unknown_columns_are_named(self, folder, spoil, caplog):
        spoil("items.csv", "attr_color", "colour")
        with caplog.at_level(logging.WARNING):
            Wardrobe.load(folder)
        assert "columns with no meaning here: colour" in caplog.text


class TestDuplicates:
    # Of three wide columns no single number can be made.
    @pytest.mark.parametrize("widest", [5, 2**31 - 1])
    def test_repeated_and_contradictory_rows(self, widest):
        key = np.array([0, widest, 3, 0, 3, 3], np.int32)
        said = np.array([1, 1, 1, 1, -1, 1], np.int8)
        repeated, contradictory = duplicates([key, key, key], said)
        assert repeated.tolist() == [False, False, False, True, False, False]
        assert contradictory.tolist() == [False, False, True, False, True, True]

    def test_all_columns_count(self):
        left, right = np.array([1, 1, 2, 2]), np.array([1, 2, 1, 2])
        repeated, contradictory = duplicates([left, right], np.zeros(4))
        assert not repeated.any() and not contradictory.any()
