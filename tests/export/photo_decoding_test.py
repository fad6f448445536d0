import numpy as np
import pytest
import tensorflow as tf

from tests.export.pair_kit import ITEMS, KINDS, make_photo, turned
from tfcompat.data.images import ImageStore
from tfcompat.export.photo_decoding import decode_photos


def make_photos():
    return [
        make_photo(
            KINDS[file[-4:]],
            mode,
            size,
            seed,
            **({"exif": turned()} if file == "b1.jpg" else {}),
        )
        for seed, (_, file, _, _, mode, size) in enumerate(ITEMS)
    ]


@pytest.fixture(scope="module")
def decode():
    graph = tf.function(
        lambda contents: decode_photos(contents, 24),
        input_signature=[tf.TensorSpec([None], tf.string)],
        autograph=False,
    )

    def arrays(contents):
        images, is_decoded = graph(tf.constant(contents, tf.string))
        return images.numpy(), is_decoded.numpy().tolist()

    return arrays


class TestDecodePhotos:
    def test_to_the_very_pixels_of_training(self, decode, tmp_path):
        photos = make_photos()
        paths = []
        for row, photo in enumerate(photos):
            paths.append(tmp_path / f"{row}")
            paths[-1].write_bytes(photo)
        images, is_decoded = decode(photos)
        assert is_decoded == [True] * len(photos)
        np.testing.assert_array_equal(images, ImageStore(paths, 24).array)

    @pytest.mark.parametrize("kind", ["JPEG", "PNG"])
    def test_whatever_is_broken_is_told_and_the_rest_decoded(
        self, decode, kind
    ):
        photo = make_photo(kind, size=(60, 50))
        broken = [
            photo[:-1] if kind == "PNG" else photo[:-40],
            photo[: len(photo) // 2],
            photo[:40],
            b"junk",
            b"",
        ]
        if kind == "PNG":  # A changed byte, which only the checksum tells.
            middle = len(photo) // 2
            changed = bytes([photo[middle] ^ 1])
            broken.append(photo[:middle] + changed + photo[middle + 1 :])
        images, is_decoded = decode([*broken, photo])
        assert is_decoded == [False] * len(broken) + [True]
        assert (images[:-1] == 255).all()
        np.testing.assert_array_equal(images[-1:], decode([photo])[0])

    def test_bytes_behind_the_end_do_no_harm(self, decode):
        photo = make_photo("JPEG")
        images, is_decoded = decode([photo, photo + b"\0 a camera's own data"])
        assert is_decoded == [True, True]
        np.testing.assert_array_equal(images[0], images[1])

    def test_nothing_but_junk(self, decode):
        images, is_decoded = decode([b"junk"])
        assert is_decoded == [False] and images.shape == (1, 24, 24, 3)

    def test_nothing(self, decode):
        images, is_decoded = decode([])
        assert is_decoded == [] and images.shape == (0, 24, 24, 3)
