import struct
import zlib

import pytest
from PIL import Image

from tfcompat.data.errors import InputError
from tfcompat.data.image_files import (
    image_facts,
    image_problems,
    validate_images,
)
from tfcompat.data.rejection import reject_images
from tfcompat.data.wardrobe import Wardrobe


def chunk(kind, content):
    """One chunk of a PNG file."""
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def bomb(side):
    """A PNG of a few dozen bytes that claims to have side x side pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b""))
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.fixture
def problem(folder):
    """Function: what `validate_images` says when t2's file holds `content`."""

    def look(content, **arguments):
        (folder / "images" / "t2.png").write_bytes(content)
        problems = validate_images(Wardrobe.load(folder), **arguments)
        assert [found.row for found in problems] == [1]
        message = str(problems[0])
        assert f"{folder}/items.csv, line 3, column image: 'images/t2.png'" in (
            message
        )
        return problems[0].problem

    return look


class TestValidateImages:
    def test_sound_images(self, folder):
        assert validate_images(Wardrobe.load(folder)) == []

    def test_truncated_image(self, folder, problem, tmp_path):
        Image.effect_noise((64, 64), 90).save(tmp_path / "noise.png")
        content = (tmp_path / "noise.png").read_bytes()
        assert problem(content[:2000]).startswith("is corrupt (")

    def test_text_in_place_of_an_image(self, problem):
        assert problem(b"hello").startswith("is not an image of a known kind")

    def test_empty_file(self, problem):
        assert problem(b"") == "is empty (0 bytes)"

    def test_git_lfs_pointer(self, problem):
        text = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"
        assert problem(text).startswith("is a Git-LFS pointer, not the image")

    def test_decompression_bomb(self, problem):
        # Pillow itself would refuse this one, and only warn of the next.
        assert "50000 x 50000 pixels, more than the 50,000,000" in (
            problem(bomb(50_000))
        )
        assert "10000 x 10000 pixels" in problem(bomb(10_000))

    def test_limit_is_an_argument(self, folder):
        problems = validate_images(Wardrobe.load(folder), max_pixels=95)
        assert len(problems) == 4
        assert problems[0].problem == (
            "has 12 x 8 pixels, more than the 95 allowed"
        )
        assert validate_images(Wardrobe.load(folder), max_pixels=96) == []

    def test_limit_of_nothing_is_refused(self, folder):
        with pytest.raises(InputError, match="--max-pixels must be positive"):
            validate_images(Wardrobe.load(folder), max_pixels=0)

    def test_kind_that_tensorflow_cannot_read(self, tmp_path):
        Image.new("RGB", (4, 4)).save(tmp_path / "a.tiff")
        assert image_problems([tmp_path / "a.tiff"]) == [
            "is TIFF, not one of JPEG, PNG, WEBP, GIF, BMP"
        ]

    def test_picture_of_a_telephone(self, tmp_path):
        image = Image.new("RGB", (4, 6))
        path = tmp_path / "a.mpo"
        image.save(path, "MPO", save_all=True, append_images=[image])
        with Image.open(path) as written:
            assert written.format == "MPO"
        assert image_problems([path]) == [""]
        assert image_facts([path]) == [("", (6, 4))]

    def test_limit_on_a_jpeg_of_which_only_the_header_is_read(self, tmp_path):
        Image.new("RGB", (40, 10)).save(tmp_path / "a.jpg")
        [fact] = image_facts([tmp_path / "a.jpg"], max_pixels=399)
        assert fact.problem == "has 40 x 10 pixels, more than the 399 allowed"

    def test_pillows_own_limit_is_left_as_it_was(self, folder):
        before = Image.MAX_IMAGE_PIXELS
        validate_images(Wardrobe.load(folder))
        assert Image.MAX_IMAGE_PIXELS == before


class TestRejectImages:
    def test_item_moves_and_its_votes_follow(self, folder):
        (folder / "images" / "b1.png").write_bytes(b"broken")
        wardrobe = Wardrobe.load(folder)
        reject_images(wardrobe, validate_images(wardrobe))
        after = Wardrobe.load(folder, skip_bad=True)
        assert after.items["item_id"].tolist() == ["t1", "t2", "b2"]
        assert len(after.pair_votes) == 1
        assert "items.csv,4," in (folder / "rejected.csv").read_text()
