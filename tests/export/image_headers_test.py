import io
import struct

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.export.pair_kit import make_photo
from tfcompat.export import image_headers
from tfcompat.export.image_headers import (
    BMP,
    GIF,
    JPEG,
    OTHER,
    PNG,
    WEBP,
    read_headers,
)


@pytest.fixture(scope="module")
def read():
    graph = tf.function(
        read_headers, input_signature=[tf.TensorSpec([None], tf.string)]
    )

    def rows(*contents):
        columns = graph(tf.constant(list(contents), tf.string))
        columns = (column.numpy().tolist() for column in columns)
        return list(zip(*columns, strict=True))

    return rows


def segment(marker, content):
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def frame(width, height, marker=0xC0):
    return segment(marker, struct.pack(">BHHB", 8, height, width, 3) + b"x" * 9)


class TestKindsAndSizes:
    @pytest.mark.parametrize(
        ("kind", "number", "mode", "options"),
        [
            ("JPEG", JPEG, "RGB", {}),
            ("JPEG", JPEG, "L", {"progressive": True}),
            ("JPEG", JPEG, "CMYK", {}),
            ("PNG", PNG, "RGBA", {}),
            ("PNG", PNG, "P", {}),
            ("GIF", GIF, "P", {}),
            ("BMP", BMP, "RGB", {}),
            ("WEBP", WEBP, "RGB", {}),
            ("WEBP", WEBP, "RGB", {"lossless": True}),
            ("WEBP", WEBP, "RGBA", {"exif": b"Exif\0\0" + bytes(20)}),
        ],
    )
    def test_as_pillow_writes_them(self, read, kind, number, mode, options):
        for size in ((321, 17), (1, 300), (16, 16)):
            content = make_photo(kind, mode, size, **options)
            assert read(content) == [(number, *size)]

    def test_all_in_one_batch(self, read):
        contents = [make_photo("PNG"), b"", make_photo("JPEG"), b"PK\x03\x04"]
        assert read(*contents) == [
            (PNG, 40, 40),
            (OTHER, 0, 0),
            (JPEG, 40, 40),
            (OTHER, 0, 0),
        ]
        assert read() == []

    def test_sizes_beyond_int32_do_not_overflow(self, read):
        head = make_photo("PNG")[:16] + struct.pack(">II", 2**31 - 1, 2**31 - 1)
        assert read(head + bytes(40)) == [(PNG, 2**31 - 1, 2**31 - 1)]

    def test_bmp_from_the_top_down_and_of_os2(self, read):
        head = b"BM" + bytes(12)
        down = head + struct.pack("<Iii", 40, 30, -20) + bytes(30)
        old = head + struct.pack("<IHH", 12, 30, 20) + bytes(30)
        assert read(down, old) == [(BMP, 30, 20), (BMP, 30, 20)]


class TestJPEGSegments:
    def test_a_thumbnail_within_is_not_the_image(self, read):
        buffer = io.BytesIO()
        Image.new("RGB", (500, 400)).save(
            buffer, "JPEG", exif=b"Exif\0\0" + make_photo("JPEG", size=(9, 8))
        )
        assert read(buffer.getvalue()) == [(JPEG, 500, 400)]

    @pytest.mark.parametrize("marker", [0xC0, 0xC1, 0xC2, 0xC5, 0xCF])
    def test_every_kind_of_frame(self, read, marker):
        assert read(b"\xff\xd8" + frame(7, 9, marker)) == [(JPEG, 7, 9)]

    def test_what_may_stand_before_the_frame(self, read):
        parts = (
            segment(0xE1, bytes(60_000)),
            b"\xff\xff\xff",  # Fill bytes.
            segment(0xDB, bytes(65)),
            b"\xff\xd0\xff\x01",  # Markers without a segment.
            segment(0xC4, frame(1, 1)),  # A table, no frame.
            frame(70, 90),
            frame(8, 8),  # The first one counts.
        )
        assert read(b"\xff\xd8" + b"".join(parts)) == [(JPEG, 70, 90)]

    @pytest.mark.parametrize(
        "rest",
        [
            b"\xff",
            b"\xff\xda" + frame(5, 5),
            b"\xff\xd9" + frame(5, 5),
            b"\xffjunk" + frame(5, 5),
            b"\xff\xe0\x00\x04ab" + b"zz" + frame(5, 5),
            segment(0xE0, bytes(100))[:50],
            b"\xff" * 5000 + frame(5, 5),
        ],
    )
    def test_no_size_where_the_segments_are_out_of_order(self, read, rest):
        assert read(b"\xff\xd8" + rest) == [(JPEG, 0, 0)]

    def test_any_number_of_segments_ends(self, read, monkeypatch):
        many = segment(0xE0, b"") * (image_headers._MAX_SEGMENTS + 1)
        assert read(b"\xff\xd8" + many + frame(5, 5)) == [(JPEG, 0, 0)]

    def test_random_bytes_never_fail(self, read):
        random = np.random.default_rng(0)
        starts = (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"GIF8")
        contents = [
            start + random.bytes(int(random.integers(0, 200)))
            for start in starts
            for _ in range(20)
        ]
        assert len(read(*contents)) == 100
