import errno

import numpy as np
import pytest
from PIL import Image

from tfcompat.data.contact_sheet import write_contact_sheet
from tfcompat.data.errors import InputError
from tfcompat.data.wardrobe import Wardrobe


def has_colour(sheet, colour):
    return (np.asarray(sheet) == colour).all(axis=-1).any()


class TestContactSheet:
    def test_every_photo_is_on_it(self, folder, tmp_path):
        write_contact_sheet(Wardrobe.load(folder), tmp_path / "sheet.png")
        sheet = Image.open(tmp_path / "sheet.png").convert("RGB")
        for place in range(4):  # The colours of the fixture's images.
            assert has_colour(sheet, (50 * place, 100, 200))
        # Two groups of one row each.
        assert sheet.width == 1400 and sheet.height > 2 * 128

    def test_sample_has_all_groups(self, folder, tmp_path):
        write_contact_sheet(Wardrobe.load(folder), tmp_path / "sheet.png", 1)
        sheet = Image.open(tmp_path / "sheet.png").convert("RGB")
        shown = [
            has_colour(sheet, (50 * place, 100, 200)) for place in range(4)
        ]
        assert shown == [True, False, True, False]  # A top and a bottom.

    def test_full_disk_leaves_the_old_sheet(
        self, folder, tmp_path, monkeypatch
    ):
        path = tmp_path / "sheet.png"
        path.write_text("old")

        def full(*arguments, **options):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(Image.Image, "save", full)
        with pytest.raises(InputError, match="sheet.png: cannot be written"):
            write_contact_sheet(Wardrobe.load(folder), path)
        assert path.read_text() == "old"
        assert len(list(tmp_path.iterdir())) == 2

    def test_none_is_refused(self, folder, tmp_path):
        with pytest.raises(ValueError, match="`most`.*got 0"):
            write_contact_sheet(Wardrobe.load(folder), tmp_path / "s.png", 0)
