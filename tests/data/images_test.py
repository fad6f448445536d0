import gc
import io
import pathlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from tfcompat.data import images
from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore, decode_images

RED = (200, 30, 30)


def encode(image, kind, **options):
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


@pytest.fixture(scope="module")
def decode():
    """Decodes one image at 32 pixels inside a graph."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def graph(contents):
        return decode_images(contents, 32)

    return lambda content: graph(tf.constant([content])).numpy()[0]


class TestKinds:
    red = Image.new("RGB", (40, 40), RED)
    grey = red.convert("L")

    @pytest.mark.parametrize(
        "content",
        [
            encode(red, "PNG"),
            encode(red, "BMP"),
            encode(red, "GIF"),
            encode(red, "WEBP", lossless=True),
            encode(red, "JPEG", quality=100, subsampling=0),
            encode(red, "JPEG", quality=100, progressive=True),
            encode(red.convert("CMYK"), "JPEG", quality=100),
            encode(
                red.convert("P", palette=Image.Palette.ADAPTIVE, colors=8),
                "PNG",
            ),
        ],
        ids="png bmp gif webp jpeg progressive cmyk palette".split(),
    )
    def test_colour(self, content, decode):
        image = decode(content)
        assert image.shape == (32, 32, 3) and image.dtype == np.float32
        expected = np.broadcast_to(np.array(RED) / 255, image.shape)
        np.testing.assert_allclose(image, expected, atol=0.02)

    @pytest.mark.parametrize(
        "content",
        [
            encode(grey, "PNG"),
            encode(grey, "JPEG"),
            encode(grey, "BMP"),
            encode(red.convert("LA"), "PNG"),
        ],
        ids="png jpeg bmp alpha".split(),
    )
    def test_grey(self, content, decode):
        # Rec. 601 luma of the red: .299 * 200 + .587 * 30 + .114 * 30 = 80.8.
        np.testing.assert_allclose(decode(content), 81 / 255, atol=0.01)

    @pytest.mark.parametrize("bits", [1, 2, 4])
    def test_few_bits(self, bits, decode):
        # A palette of 2, 4 or 16 colours takes 1, 2 or 4 bits a pixel.
        image = Image.new("P", (8, 8), 1)
        image.putpalette([0, 0, 0, *RED])
        content = encode(image, "PNG", bits=bits)
        assert content[24] == bits
        expected = np.broadcast_to(np.array(RED) / 255, (32, 32, 3))
        np.testing.assert_allclose(decode(content), expected, atol=0.002)

    def test_transparent_palette_colour(self, decode):
        image = Image.new("P", (8, 8), 1)
        image.putpalette([0, 0, 0, *RED])
        content = encode(image, "PNG", bits=1, transparency=1)
        np.testing.assert_array_equal(decode(content), 1.0)

    def test_one_bit_of_grey(self, decode):
        content = encode(Image.new("1", (8, 8), 0), "PNG")
        np.testing.assert_array_equal(decode(content), 0.0)

    def test_sixteen_bits(self, decode):
        pixels = np.full((8, 8), 0.25 * 65535, np.uint16)
        content = encode(Image.fromarray(pixels), "PNG")
        np.testing.assert_allclose(decode(content), 0.25, atol=0.005)

    @pytest.mark.parametrize("kind", ["PNG", "WEBP"])
    def test_alpha_is_on_white(self, kind, decode):
        # Black at alpha 128/255 on white: 1 - 128/255.
        image = Image.new("RGBA", (8, 8), (0, 0, 0, 128))
        lossless = {"lossless": True} if kind == "WEBP" else {}
        content = encode(image, kind, **lossless)
        np.testing.assert_allclose(decode(content), 127 / 255, atol=0.002)

    def test_first_frame_of_an_animation(self, decode):
        frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, "blue")]
        content = encode(
            frames[0], "GIF", save_all=True, append_images=frames[1:]
        )
        np.testing.assert_allclose(
            decode(content)[16, 16], np.array(RED) / 255, atol=0.01
        )

    def test_what_is_no_image_raises(self, decode):
        with pytest.raises(tf.errors.InvalidArgumentError):
            decode(b"hello")


class TestShape:
    def test_wide_image_is_padded_with_white_above_and_below(self, decode):
        image = decode(encode(Image.new("RGB", (40, 20), RED), "PNG"))
        np.testing.assert_array_equal(image[:8], 1.0)
        np.testing.assert_array_equal(image[24:], 1.0)
        np.testing.assert_allclose(image[8:24, :, 0], 200 / 255, atol=1e-5)

    @pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (7, 333)])
    def test_odd_sizes(self, size, decode):
        image = decode(encode(Image.new("RGB", size, "black"), "PNG"))
        assert image.shape == (32, 32, 3)
        # Longest side fills the square; the other is at least one pixel.
        dark = image[:, :, 0] < 0.5
        assert dark.any(axis=0).sum() == (32 if size[0] >= size[1] else 1)

    def test_shrinking_averages_instead_of_picking(self, decode):
        # Columns of black and white, a pixel each, become even grey.
        pixels = np.tile(np.array([0, 255], np.uint8), (256, 128))
        image = decode(encode(Image.fromarray(pixels), "PNG"))
        np.testing.assert_allclose(image[4:-4, 4:-4], 0.5, atol=0.02)

    def test_size_is_checked(self):
        with pytest.raises(ValueError, match="`image_size`.*got 0"):
            decode_images(tf.constant([b""]), 0)

    def test_empty_batch(self):
        assert decode_images(tf.constant([], tf.string), 8).shape == (
            0,
            8,
            8,
            3,
        )


class TestOrientation:
    pixels = np.zeros((24, 24, 3), np.uint8)
    pixels[:12, :12], pixels[:12, 12:], pixels[12:, :12] = RED, 255, (0, 0, 255)

    @pytest.mark.parametrize("endian", ["<", ">"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_exif_is_followed(self, orientation, endian, decode):
        exif = Image.Exif()
        exif.endian = endian
        exif[0x010F] = "A maker"  # So that the tag is not the only one.
        exif[0x0112] = orientation
        content = encode(
            Image.fromarray(self.pixels),
            "JPEG",
            exif=exif,
            quality=100,
            subsampling=0,
        )
        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
        expected = np.asarray(upright.resize((32, 32), Image.NEAREST)) / 255.0
        corners = np.ix_((4, 28), (4, 28))
        np.testing.assert_allclose(
            decode(content)[corners], expected[corners], atol=0.02
        )

    def test_broken_exif_is_upright(self, decode):
        content = encode(Image.fromarray(self.pixels), "JPEG", quality=100)
        for junk in (b"", b"II", b"MM\0*" + b"\xff" * 60):
            exif = b"Exif\0\0" + junk
            size = (len(exif) + 2).to_bytes(2, "big")
            broken = content[:2] + b"\xff\xe1" + size + exif + content[2:]
            np.testing.assert_array_equal(decode(broken), decode(content))


def smooth_photo(side):
    """Blobs a quarter of the image wide, as RGB uint8."""
    grid = np.random.default_rng(0).integers(0, 256, (4, 4, 3), np.uint8)
    return Image.fromarray(grid).resize((side, side), Image.BICUBIC)


class TestLargeJpeg:
    @pytest.mark.parametrize("side", [64, 129, 300, 1000])
    def test_shrunk_while_decoded_looks_the_same(self, side, decode):
        # In PNG every pixel is decoded, whatever the size.
        photo = smooth_photo(side)
        jpeg = encode(photo, "JPEG", quality=95)
        difference = np.abs(decode(jpeg) - decode(encode(photo, "PNG")))
        assert difference.mean() < 0.01 and difference.max() < 0.06

    def test_narrow_one_keeps_its_shape(self, decode):
        image = decode(encode(Image.new("RGB", (999, 7), "black"), "JPEG"))
        dark = image[:, :, 0] < 0.5
        assert dark.any(axis=0).all() and dark.any(axis=1).sum() == 1


class TestSavedModel:
    def test_without_webp_no_foreign_op_is_in_the_graph(self, tmp_path):
        class Decoder(tf.Module):
            @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
            def __call__(self, contents):
                return decode_images(contents, 16, webp=False)

        tf.saved_model.save(Decoder(), str(tmp_path))
        content = encode(Image.new("RGB", (9, 5), RED), "JPEG")
        contents = tf.constant([content] * 3)
        loaded = tf.saved_model.load(str(tmp_path))
        np.testing.assert_allclose(
            loaded(contents), decode_images(contents, 16), rtol=1e-6
        )
        for path in pathlib.Path(tmp_path).rglob("*.pb"):
            assert b"IO>" not in path.read_bytes()  # tensorflow-io's prefix.


@pytest.fixture
def paths(tmp_path):
    found = []
    for place in range(5):
        image = Image.effect_noise((30 + 5 * place, 40), 60).convert("RGB")
        found.append(tmp_path / f"{place}.png")
        image.save(found[-1])
    return found


class TestImageStore:
    # 5 images of 16 x 16 x 3 bytes; the files are larger than 8,000 together.
    @pytest.mark.parametrize(
        ("memory", "kept"),
        [(5 * 768, "pixels"), (3000, "bytes"), (99, "paths")],
    )
    def test_all_ways_give_the_same(self, memory, kept, paths):
        size = 16 if kept == "pixels" else 60
        memory = memory if kept != "bytes" else 50_000
        store = ImageStore(paths, size, memory)
        assert store.kept == kept and len(store) == 5
        rows = np.array([3, 0, 3], np.int32)
        contents = [paths[row].read_bytes() for row in rows]
        np.testing.assert_allclose(
            store.batch(rows),
            decode_images(tf.constant(contents), size),
            atol=0.5 / 255 + 1e-6,
        )
        assert (store.array is not None) == (kept == "pixels")

    def test_images_of_that_very_size(self, tmp_path):
        paths, exif = [], Image.Exif()
        exif[0x0112] = 3
        for name, options in {"plain": {}, "turned": {"exif": exif}}.items():
            paths.append(tmp_path / f"{name}.jpg")
            smooth_photo(16).save(paths[-1], **options)
        found = ImageStore(paths, 16).array.astype(int)
        expected = np.asarray(Image.open(paths[0])).astype(int)
        assert np.abs(found[0] - expected).mean() < 4
        np.testing.assert_array_equal(found[1], found[0, ::-1, ::-1])

    def test_common_sizes_are_decoded_as_others_are(
        self, tmp_path, monkeypatch
    ):
        paths = []
        for place, (width, height) in enumerate(
            [(16, 16), (70, 50), (16, 16), (70, 50), (90, 200), (9, 5)]
        ):
            paths.append(tmp_path / f"{place}.jpg")
            photo = smooth_photo(max(width, height))
            photo.crop((0, 0, width, height)).save(paths[-1])
        expected = ImageStore(paths, 16).array
        monkeypatch.setattr(images, "_FEWEST_IMAGES", 1)
        for memory in (1 << 20, 99):
            store = ImageStore(paths, 16, memory)
            np.testing.assert_allclose(
                store.batch(tf.range(6)), expected / 255, atol=1.01 / 255
            )
        # All alike, and so without a choice.
        store = ImageStore(paths[:1], 16, 99)
        np.testing.assert_allclose(
            store.batch(tf.range(1)), expected[:1] / 255, atol=1e-6
        )

    def test_array_has_a_row_for_every_path(self, paths):
        store = ImageStore([paths[1], paths[0], paths[1]], 8)
        assert store.array.shape == (3, 8, 8, 3)
        assert store.array.dtype == np.uint8
        np.testing.assert_array_equal(store.array[0], store.array[2])
        assert (store.array[0] != store.array[1]).any()

    def test_works_inside_a_dataset(self, paths):
        store = ImageStore(paths, 8)
        dataset = tf.data.Dataset.range(2).map(
            lambda at: store.batch(tf.stack([tf.cast(at, tf.int32), 4]))
        )
        batches = list(dataset.as_numpy_iterator())
        np.testing.assert_allclose(
            batches[1], store.array[[1, 4]].astype(np.float32) / 255, 1e-6
        )

    def test_pixels_are_shares_of_the_whole_range(self, tmp_path):
        grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
        Image.fromarray(grey).save(tmp_path / "grey.png")
        store = ImageStore([tmp_path / "grey.png"], 16)
        found = store.batch(tf.constant([0]))[0, :, :, 0]
        np.testing.assert_allclose(found, grey / 255, 1e-6)
        assert found[0, 0] == 0.0 and found[-1, -1] == 1.0

    def test_pixels_outlive_what_decoded_them(self, paths):
        # They are not copied: TensorFlow keeps NumPy's memory alive.
        store = ImageStore(paths, 8)
        before = store.array.copy()
        for _ in range(20):
            np.full(before.size + 64, 7, np.uint8)
        gc.collect()
        np.testing.assert_array_equal(store.array, before)

    def test_corrupt_image_is_named(self, paths):
        content = paths[2].read_bytes()
        paths[2].write_bytes(content[:300])
        for memory in (1 << 20, 99):
            with pytest.raises(InputError, match="2.png: cannot be decoded: "):
                ImageStore(paths, 8, memory)

    def test_missing_and_foreign_files_are_named(self, paths, tmp_path):
        with pytest.raises(InputError, match="none.png: does not exist"):
            ImageStore([*paths, tmp_path / "none.png"], 8)
        paths[0].write_text("text")
        with pytest.raises(InputError, match="0.png: is not an image"):
            ImageStore(paths, 8)

    def test_arguments_are_checked(self, paths):
        with pytest.raises(ValueError, match="`paths` is empty"):
            ImageStore([], 8)
        with pytest.raises(ValueError, match="`image_size`.*got -1"):
            ImageStore(paths, -1)
