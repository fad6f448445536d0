import numpy as np
import pytest

from tests.export.pair_kit import (
    ITEMS,
    make_encoder,
    make_model,
    make_photo,
    read_items,
    write_wardrobe,
)
from tfcompat.data.errors import InputError
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.export import catalogue as module
from tfcompat.export.catalogue import group_of_categories, read_catalogue
from tfcompat.export.photo_features import PhotoFeatures
from tfcompat.training.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kit") / "wardrobe"
    wardrobe = write_wardrobe(folder)
    encoder = make_encoder(wardrobe)
    model = make_model("psa", wardrobe, read_items(wardrobe, encoder))
    return wardrobe, PhotoFeatures(model, encoder), encoder


@pytest.fixture
def counted(monkeypatch):
    """List of the numbers of photos that are decoded."""
    counts = []
    decode = module.decode_photos

    def count(contents, *args, **kwargs):
        counts.append(contents.shape)
        return decode(contents, *args, **kwargs)

    monkeypatch.setattr(module, "decode_photos", count)
    return counts


class TestReadCatalogue:
    def test_rows_are_those_of_the_vocabulary(self, kit):
        wardrobe, features, encoder = kit
        vocabulary = Vocabulary(
            customers=[],
            items=["靴", "b1", "t1"],
            groups=["hat", "top", "bottom", "shoes"],
            categories=["polo", "jeans"],
        )
        catalogue = read_catalogue(wardrobe, vocabulary, features)
        assert catalogue.item_ids == [item[0] for item in ITEMS]
        assert catalogue.item_rows.tolist() == [
            2, -1, -1, -1, 1, -1, -1, -1, -1, 0,
        ]  # fmt: skip
        assert catalogue.groups.tolist() == [1] * 4 + [2] * 5 + [3]
        # Polos and unknown categories are 0.
        assert catalogue.categories.tolist() == [0, 0, 0, 0, 1, 0, 1, 0, 1, 0]
        expected = features.model.backbone(read_items(wardrobe, encoder))
        np.testing.assert_allclose(catalogue.features, expected, atol=1e-5)
        assert len(set(catalogue.fingerprints)) == 10

    def test_known_photos_are_not_looked_at_again(self, kit, counted):
        wardrobe, features, _ = kit
        vocabulary = Vocabulary.of(wardrobe)
        first = read_catalogue(wardrobe, vocabulary, features)
        assert len(counted) == 1
        again = read_catalogue(
            wardrobe, vocabulary, features, first.known_photos
        )
        assert len(counted) == 1
        np.testing.assert_array_equal(again.features, first.features)

    def test_webp_is_looked_at_too(self, kit, tmp_path):
        items = [(*ITEMS[0][:1], "t.png", *ITEMS[0][2:])]
        write_wardrobe(tmp_path / "w", items)
        photo = make_photo("WEBP", lossless=True)
        (tmp_path / "w/images/t.png").write_bytes(photo)
        wardrobe = Wardrobe.load(tmp_path / "w")
        _, features, _ = kit
        vocabulary = Vocabulary.of(wardrobe)
        webp = read_catalogue(wardrobe, vocabulary, features).features
        (tmp_path / "w/images/t.png").write_bytes(make_photo("PNG"))
        png = read_catalogue(wardrobe, vocabulary, features).features
        np.testing.assert_allclose(webp, png, atol=1e-4)

    def test_a_photo_that_cannot_be_decoded_is_named(self, kit, tmp_path):
        wardrobe = write_wardrobe(tmp_path / "w")
        path = tmp_path / "w/images/b2.png"
        path.write_bytes(path.read_bytes()[:200])
        _, features, _ = kit
        with pytest.raises(InputError, match="b2.png: cannot be decoded"):
            read_catalogue(wardrobe, Vocabulary.of(wardrobe), features)

    def test_an_unknown_group_is_named(self, kit):
        wardrobe, features, _ = kit
        vocabulary = Vocabulary([], [], ["bottom", "top"], [])
        with pytest.raises(InputError, match="bottom, top, but not shoes"):
            read_catalogue(wardrobe, vocabulary, features)


class TestGroupOfCategories:
    def test_the_group_that_most_are_in(self, tmp_path):
        plain = ("RGB", (4, 4))
        wardrobe = write_wardrobe(
            tmp_path / "w",
            [
                ("1", "1.png", "top", "jumpsuit", *plain),
                ("2", "2.png", "bottom", "jumpsuit", *plain),
                ("3", "3.png", "top", "jumpsuit", *plain),
                ("4", "4.png", "bottom", "jeans", *plain),
            ],
        )
        assert group_of_categories(wardrobe) == {
            "jumpsuit": "top",
            "jeans": "bottom",
        }
