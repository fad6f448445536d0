import numpy as np
import pytest
import tensorflow as tf

from tests.export.pair_kit import (
    make_encoder,
    make_model,
    make_photo,
    read_items,
    write_wardrobe,
)
from tfcompat.export import photo_reader as module
from tfcompat.export.catalogue import group_of_categories, read_catalogue
from tfcompat.export.photo_features import PhotoFeatures
from tfcompat.export.photos import Photos
from tfcompat.training.vocabulary import Vocabulary

WRONG = tf.errors.InvalidArgumentError


class Kit:
    def __init__(self, folder):
        self.wardrobe = write_wardrobe(folder)
        self.contents = [
            path.read_bytes() for path in self.wardrobe.image_paths
        ]
        self.encoder = make_encoder(self.wardrobe)
        self.items = read_items(self.wardrobe, self.encoder)
        self.psa = make_model("psa", self.wardrobe, self.items)
        self.vocabulary = Vocabulary.of(self.wardrobe)

    def photos(self, model=None, with_encoder=True, **options):
        features = PhotoFeatures(
            model or self.psa, self.encoder if with_encoder else None
        )
        return Photos(
            features,
            read_catalogue(self.wardrobe, self.vocabulary, features),
            self.vocabulary,
            group_of_categories(self.wardrobe),
            **options,
        )

    def cnn(self, kind="pixels"):
        return make_model(
            kind, self.wardrobe, read_items(self.wardrobe), self.encoder
        )


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    return Kit(tmp_path_factory.mktemp("kit") / "wardrobe")


def columns(**contents):
    return {
        name: tf.constant(column, tf.string)
        for name, column in contents.items()
    }


class TestRead:
    def test_the_catalogues_photos_are_its_items(self, kit):
        asked = columns(query=kit.contents)
        items, places = kit.photos().read(asked)
        assert places["query"].numpy().tolist() == list(range(10))
        for name, expected in (
            ("item_rows", range(10)),
            ("catalogue_rows", range(10)),
            ("groups", kit.wardrobe.item_groups),
            ("categories", kit.wardrobe.item_categories),
        ):
            assert items[name].numpy().tolist() == list(expected), name

    def test_another_photo_is_what_the_encoder_takes_it_for(self, kit):
        new = [make_photo("PNG", seed=seed) for seed in range(50, 62)]
        photos = kit.photos()
        # So that not all are taken for the same thing.
        head = kit.encoder.head_layers["category"]
        kernel = head.kernel.numpy()
        head.kernel.assign(kernel * 50)
        items, _ = photos.read(columns(query=new))
        contents = tf.constant(new)
        images, _ = module.decode_photos(contents, 32)
        logits = kit.encoder(tf.cast(images, tf.float32) / 255)["category"]
        head.kernel.assign(kernel)
        probabilities = tf.nn.softmax(logits).numpy()
        assert items["item_rows"].numpy().tolist() == [-1] * 12
        assert items["catalogue_rows"].numpy().tolist() == [-1] * 12
        np.testing.assert_array_equal(
            items["categories"], probabilities.argmax(axis=1)
        )
        # Categories in order: boots, jeans, polo, shirt, skirt; groups:
        # bottom (jeans, skirt), shoes (boots), top (polo, shirt).
        groups = np.stack(
            [
                probabilities[:, 1] + probabilities[:, 4],
                probabilities[:, 0],
                probabilities[:, 2] + probabilities[:, 3],
            ],
            axis=1,
        )
        np.testing.assert_array_equal(items["groups"], groups.argmax(axis=1))
        assert len(set(groups.argmax(axis=1))) > 1

    def test_each_photo_is_decoded_once(self, kit, monkeypatch):
        counts = []
        decode = module.decode_photos

        def count(contents, *args):
            counts.append(len(contents.numpy()))
            return decode(contents, *args)

        monkeypatch.setattr(module, "decode_photos", count)
        a, b, c = kit.contents[:3]
        items, places = kit.photos().read(
            columns(query=[a, a, a, b], candidate=[b, c, b, a])
        )
        assert counts == [3]
        assert items["features"].shape[0] == 3
        assert items["catalogue_rows"].numpy().tolist() == [0, 1, 2]
        assert places["query"].numpy().tolist() == [0, 0, 0, 1]
        assert places["candidate"].numpy().tolist() == [1, 2, 1, 0]

    def test_no_photos(self, kit):
        items, places = kit.photos().read(columns(query=[]))
        assert {len(column) for column in items.values()} == {0}
        assert places["query"].shape == (0,)


class TestRefusals:
    def test_the_first_bad_photo_is_named(self, kit):
        good = kit.contents[0]
        with pytest.raises(WRONG, match="candidate row 1: is no image"):
            kit.photos().read(
                columns(query=[good] * 3, candidate=[good, b"x", b""])
            )

    @pytest.mark.parametrize(
        ("spoil", "words"),
        [
            (lambda photo: photo[:-60], "is truncated, the end of"),
            (lambda photo: photo[:25] + b"\xff" + photo[26:], "is damaged"),
        ],
    )
    def test_what_cannot_be_decoded_is_named_where_it_first_stands(
        self, kit, spoil, words
    ):
        good, bad = kit.contents[0], spoil(make_photo("PNG", seed=77))
        with pytest.raises(WRONG, match=f"candidate row 1: .*{words}"):
            kit.photos().read(
                columns(query=[good] * 3, candidate=[good, bad, bad])
            )

    def test_a_new_photo_that_is_too_large(self, kit):
        photos = kit.photos(max_pixels=2000)
        photos.read(columns(query=kit.contents))  # The catalogue's may be.
        large = make_photo("JPEG", size=(50, 41))
        with pytest.raises(WRONG, match="query row 0: .* 50 x 41 pixels"):
            photos.read(columns(query=[large]))

    def test_gif_only_of_the_catalogue(self, kit):
        photos = kit.photos()
        photos.read(columns(query=kit.contents[8:9]))
        with pytest.raises(WRONG, match="query row 0: is a GIF"):
            photos.read(columns(query=[make_photo("GIF", "P")]))

    def test_webp_by_option(self, kit):
        photo = make_photo("WEBP", lossless=True)
        with pytest.raises(WRONG, match="query row 0: is WebP"):
            kit.photos().read(columns(query=[photo]))
        items, _ = kit.photos(webp=True).read(columns(query=[photo]))
        same, _ = kit.photos().read(columns(query=[make_photo("PNG")]))
        np.testing.assert_allclose(
            items["features"], same["features"], atol=1e-4
        )

    def test_a_new_photo_where_nothing_tells_its_group(self, kit):
        photos = kit.photos(kit.cnn(), with_encoder=False)
        new = make_photo("PNG", seed=50)
        photos.read(columns(query=kit.contents))
        with pytest.raises(WRONG, match="query row 1: is not a photo of the c"):
            photos.read(columns(query=[kit.contents[0], new]))
        kit.photos(kit.cnn()).read(columns(query=[new]))

    def test_bad_max_pixels_is_named(self, kit):
        with pytest.raises(ValueError, match="`max_pixels` must be positive"):
            kit.photos(max_pixels=0)
