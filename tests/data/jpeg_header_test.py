import io

import pytest
from PIL import Image

from tfcompat.data.jpeg_header import plain_jpeg_size

HEIGHT, WIDTH = 30, 50


def jpeg(mode="RGB", **arguments):
    file = io.BytesIO()
    Image.new(mode, (WIDTH, HEIGHT)).save(file, "JPEG", **arguments)
    return file.getvalue()


def oriented():
    exif = Image.Exif()
    exif[274] = 6
    return jpeg(exif=exif)


class TestPlainJPEGSize:
    @pytest.mark.parametrize(
        "content",
        [
            jpeg(),
            jpeg(progressive=True),
            jpeg("L"),
            jpeg("CMYK"),
            jpeg(icc_profile=b"profile" * 50),
        ],
        ids=["colour", "progressive", "grey", "cmyk", "profile"],
    )
    def test_height_before_width(self, content):
        assert plain_jpeg_size(content) == (HEIGHT, WIDTH)

    def test_orientation_needs_a_closer_look(self):
        assert plain_jpeg_size(oriented()) is None

    @pytest.mark.parametrize("length", [0, 1, 2, 3, 20, 100])
    def test_a_start_too_short_tells_nothing(self, length):
        assert plain_jpeg_size(jpeg()[:length]) is None

    def test_other_kinds(self):
        assert plain_jpeg_size(b"\x89PNG\r\n\x1a\n" + bytes(100)) is None

    def test_segment_of_impossible_length(self):
        content = bytearray(jpeg())
        content[4:6] = b"\0\1"
        assert plain_jpeg_size(bytes(content)) is None
