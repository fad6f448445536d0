import pytest
import tensorflow as tf

from tests.export.pair_kit import make_photo, write_wardrobe
from tfcompat.data.errors import InputError
from tfcompat.export.photo_reader import PhotoReader
from tfcompat.export.sample_photos import sample_photos


@pytest.fixture
def make(tmp_path):
    """Makes a wardrobe of photos whose names say JPEG, whatever they are."""

    def write(*contents):
        items = [
            (f"i{number}", f"{number}.jpg", "top", "shirt", "RGB", (8, 8))
            for number in range(len(contents))
        ]
        wardrobe = write_wardrobe(tmp_path / "wardrobe", items)
        for path, content in zip(wardrobe.image_paths, contents, strict=True):
            path.write_bytes(content)
        return wardrobe

    return write


class TestSamplePhotos:
    def test_small_photos_are_taken_as_they_are(self, make):
        photos = [make_photo("PNG"), make_photo("JPEG")]
        samples = sample_photos(make(*photos), False, True)
        assert sorted(samples) == sorted(photos)

    def test_kinds_that_are_not_served_become_jpegs(self, make):
        gifs = [make_photo("GIF", "P", seed=seed) for seed in range(2)]
        samples = sample_photos(make(*gifs), False, True)
        PhotoReader(32).read({"query": tf.constant(samples)})
        assert all(sample.startswith(b"\xff\xd8") for sample in samples)

    def test_of_a_catalogue_alone_they_stay_its_own(self, make):
        gif = make_photo("GIF", "P")
        assert sample_photos(make(gif), False, reads_new=False) == [gif]

    def test_webp_is_known_by_its_content(self, make):
        webp, png = make_photo("WEBP", quality=1), make_photo("PNG")
        assert len(webp) < len(png)
        wardrobe = make(webp, png)
        assert sample_photos(wardrobe, False, True) == [png]
        assert sample_photos(wardrobe, True, True) == [webp, png]

    def test_nothing_but_webp_is_refused(self, make):
        with pytest.raises(InputError, match="no photo but WebP; .* --webp"):
            sample_photos(make(make_photo("WEBP")), False, True)
