import struct
import zlib

import pytest
import tensorflow as tf

from tests.export.pair_kit import make_photo
from tfcompat.export.image_checks import explain_failure, find_problems


def check(contents, *, trusted=False, max_pixels=10_000, webp=False):
    contents = tf.constant(contents, tf.string)
    problems, pixels = find_problems(
        contents, tf.fill(tf.shape(contents), trusted), max_pixels, webp
    )
    return [text.decode() for text in problems.numpy()], pixels.numpy()


def make_bomb(side):
    """A PNG of side x side pixels in a few bytes."""

    def chunk(kind, content):
        check = zlib.crc32(kind + content)
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", check)
        )

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(side // 8 + 1) * side, 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


class TestFindProblems:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP"])
    def test_none_with_an_image(self, kind):
        problems, pixels = check([make_photo(kind, size=(100, 100))])
        assert problems == [""]
        assert pixels.tolist() == [10_000]

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP"])
    def test_one_pixel_row_too_many(self, kind):
        [problem], _ = check([make_photo(kind, size=(100, 101))])
        assert problem == (
            "is an image of 100 x 101 pixels, more than the 10,000 allowed; "
            "send it smaller"
        )

    def test_a_decompression_bomb(self):
        bomb = make_bomb(8000)
        assert len(bomb) < 10_000
        [problem], _ = check([bomb], max_pixels=50_000_000)
        assert "8000 x 8000 pixels, more than the 50,000,000" in problem

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "is empty (0 bytes)"),
            (b"\0", "is no image: neither JPEG, PNG nor BMP"),
            (b"version https://git-lfs.github.com", "is no image"),
            (b"<svg></svg>", "is no image"),
            (b"\xff\xd8\xff\xd9", "no readable size in its header"),
            (make_photo("GIF", "P"), "is a GIF; send it as JPEG or PNG"),
            (make_photo("WEBP"), "is WebP, which this model cannot read"),
        ],
    )
    def test_what_is_wrong_is_said(self, content, words):
        [problem], _ = check([content])
        assert words in problem

    def test_webp_where_it_can_be_decoded(self):
        assert check([make_photo("WEBP")], webp=True)[0] == [""]
        [problem], _ = check([b"junk"], webp=True)
        assert problem == "is no image: neither JPEG, PNG, BMP nor WebP"

    def test_the_trusted_may_be_gif_or_large_but_not_webp(self):
        contents = [
            make_photo("GIF", "P"),
            make_photo("PNG", size=(200, 200)),
            make_photo("WEBP"),
        ]
        problems, _ = check(contents, trusted=True)
        assert problems[:2] == ["", ""]
        assert "WebP" in problems[2]


class TestExplainFailure:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG"])
    def test_truncated_or_damaged(self, kind):
        photo = make_photo(kind)
        half = photo[: len(photo) // 2]
        cut, damaged = explain_failure(tf.constant([half, photo])).numpy()
        assert b"truncated" in cut
        assert b"damaged" in damaged
