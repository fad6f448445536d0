import argparse
import logging

import pytest
from PIL import Image

from tfcompat.cli import check
from tfcompat.data.errors import InputError

ITEMS = """item_id,image,group,category,attr_color
t1,t1.png,top,shirt,red
t2,t2.png,top,polo,blue
b1,b1.png,bottom,skirt,
"""
VOTES = "customer_id,item_id,vote\nanna,t1,1\nanna,b1,-1\nben,t2,1\n"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "wardrobe"
    folder.mkdir()
    for name in ("t1", "t2", "b1"):
        Image.new("RGB", (9, 7), "red").save(folder / f"{name}.png")
    (folder / "items.csv").write_text(ITEMS)
    (folder / "item_votes.csv").write_text(VOTES)
    return folder


def run(*words):
    parser = argparse.ArgumentParser()
    check.add_arguments(parser)
    check.run(parser.parse_args([str(word) for word in words]))


class TestCheck:
    def test_counts_and_contact_sheet(self, folder, capsys):
        run(folder)
        said = capsys.readouterr().out
        assert "  items: 3\n" in said and "  item_votes: 3\n" in said
        assert "groups: top 2, bottom 1" in said
        assert "attr_color: red 1, blue 1" in said
        assert "splits: seed 0, hash " in said
        assert f"contact sheet: {folder / 'contact_sheet.png'}" in said
        Image.open(folder / "contact_sheet.png").verify()

    def test_contact_sheet_elsewhere(self, folder, tmp_path):
        run(folder, "--contact-sheet", tmp_path / "sheet.png")
        assert (tmp_path / "sheet.png").exists()
        assert not (folder / "contact_sheet.png").exists()

    def test_corrupt_image_is_bad_input(self, folder, caplog):
        (folder / "t2.png").write_bytes(b"no image")
        message = "items.csv, line 3, column image: 't2.png' is not an image"
        with pytest.raises(InputError, match=message):
            run(folder)

    def test_skip_bad_leaves_a_sound_wardrobe(self, folder, capsys, caplog):
        (folder / "t2.png").write_bytes(b"no image")
        with caplog.at_level(logging.WARNING):
            run(folder, "--skip-bad")
        assert "  items: 2\n" in capsys.readouterr().out
        rejected = (folder / "rejected.csv").read_text().splitlines()
        assert len(rejected) == 3  # Header, the item, the vote on it.
        run(folder)  # Nothing bad is left.

    def test_max_pixels(self, folder):
        with pytest.raises(InputError, match="9 x 7 pixels, more than the 62"):
            run(folder, "--max-pixels", 62)
        run(folder, "--max-pixels", 63)
