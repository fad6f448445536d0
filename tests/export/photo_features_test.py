import numpy as np
import pytest
import tensorflow as tf

from tests.export.pair_kit import (
    SIZE,
    make_encoder,
    make_model,
    read_items,
    write_wardrobe,
)
from tfcompat.data.images import ImageStore
from tfcompat.export.photo_features import PhotoFeatures
from tfcompat.models.backbones import make_backbone
from tfcompat.models.garment_encoder import GarmentEncoder


class Kit:
    def __init__(self, folder):
        self.wardrobe = write_wardrobe(folder)
        self.encoder = make_encoder(self.wardrobe)
        self.pixels = ImageStore(self.wardrobe.image_paths, SIZE).array
        self.described = read_items(self.wardrobe, self.encoder)
        self.psa = make_model("psa", self.wardrobe, self.described)
        self.cnn = make_model(
            "pixels", self.wardrobe, read_items(self.wardrobe), self.encoder
        )


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    return Kit(tmp_path_factory.mktemp("kit") / "wardrobe")


class TestDescribe:
    def test_features_and_categories_of_the_encoder(self, kit):
        seen = PhotoFeatures(kit.psa, kit.encoder)
        features, probabilities = seen.describe(kit.pixels, True)
        np.testing.assert_allclose(
            features, kit.psa.backbone(kit.described), atol=1e-5
        )
        # Behind the pooled features and the one number of attr_length.
        logits = kit.encoder(tf.constant(kit.pixels / np.float32(255)))
        np.testing.assert_allclose(
            probabilities, tf.nn.softmax(logits["category"]), atol=1e-6
        )
        assert seen.categories == kit.wardrobe.categories

    def test_a_model_that_sees_pixels_asks_the_encoder_only_if_need_be(
        self, kit
    ):
        seen = PhotoFeatures(kit.cnn, kit.encoder)
        features, probabilities = seen.describe(kit.pixels, True)
        expected = kit.cnn.backbone(kit.pixels / np.float32(255))
        np.testing.assert_allclose(features, expected, atol=1e-5)
        np.testing.assert_allclose(
            tf.reduce_sum(probabilities, axis=1), np.ones(10), rtol=1e-5
        )
        _, probabilities = seen.describe(kit.pixels, False)
        np.testing.assert_array_equal(probabilities, np.zeros((10, 5)))

    @pytest.mark.parametrize("count", [0, 1, 64, 65, 150])
    def test_any_number_in_blocks(self, kit, count):
        seen = PhotoFeatures(kit.psa, kit.encoder)
        rows = np.arange(count) % 10
        features, probabilities = seen.describe(kit.pixels[rows], True)
        expected, _ = seen.describe(kit.pixels, True)
        np.testing.assert_allclose(
            features, tf.gather(expected, rows), atol=1e-5
        )
        assert probabilities.shape == (count, 5)


class TestArguments:
    def test_a_missing_encoder_is_named(self, kit):
        with pytest.raises(ValueError, match="`encoder` must be given"):
            PhotoFeatures(kit.psa)

    def test_a_model_without_weights_is_refused(self, kit):
        model = type(kit.psa).from_config(kit.psa.get_config())
        with pytest.raises(ValueError, match="`model` has never been called"):
            PhotoFeatures(model, kit.encoder)

    def test_a_model_that_sees_pixels_needs_none(self, kit):
        seen = PhotoFeatures(kit.cnn)
        assert seen.categories == [] and seen.image_size == SIZE
        features, probabilities = seen.describe(kit.pixels[:2], True)
        assert features.shape == (2, 256) and probabilities.shape == (2, 0)

    def test_an_encoder_of_another_size_is_refused(self, kit):
        other = GarmentEncoder(
            make_backbone("small_cnn", 64), kit.encoder.heads
        )
        with pytest.raises(ValueError, match="photos of 64 pixels, but .* 32"):
            PhotoFeatures(kit.cnn, other)

    def test_an_encoder_of_other_features_is_refused(self, kit):
        other = GarmentEncoder(
            make_backbone("small_cnn", SIZE), {"category": {"values": ["a"]}}
        )
        with pytest.raises(ValueError, match=r"\[257\], but .* \[262\]"):
            PhotoFeatures(kit.psa, other)
