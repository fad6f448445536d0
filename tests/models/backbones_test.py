import numpy as np
import pytest
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.models.backbones import BACKBONES, Backbone, make_backbone


@pytest.fixture
def mixed_precision():
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    yield
    keras.mixed_precision.set_global_policy("float32")


class TestSmallCNN:
    def test_has_about_300_thousand_weights(self):
        assert 250_000 < make_backbone("small_cnn", 64).count_params() < 350_000

    @pytest.mark.parametrize("image_size", [32, 64, 128])
    def test_gives_one_vector_an_image_at_every_size(self, image_size):
        backbone = make_backbone("small_cnn", image_size)
        features = backbone(np.ones((2, image_size, image_size, 3), "float32"))
        assert features.shape == (2, backbone.feature_dim)

    def test_features_are_float32_in_mixed_precision(self, mixed_precision):
        backbone = make_backbone("small_cnn", 32)
        assert backbone.network.compute_dtype == "bfloat16"
        features = backbone(np.ones((1, 32, 32, 3), "float32"))
        assert features.dtype == "float32"

    def test_size_that_the_stem_cannot_divide_is_an_error(self):
        with pytest.raises(InputError, match="multiple of 32, got 100"):
            make_backbone("small_cnn", 100)

    def test_saved_backbone_gives_the_same_features(self, tmp_path):
        images = np.random.default_rng(0).random((2, 32, 32, 3), "float32")
        backbone = make_backbone("small_cnn", 32)
        backbone(images, training=True)  # Moves the batch statistics.
        backbone.save(tmp_path / "b.keras")
        restored = keras.saving.load_model(tmp_path / "b.keras")
        np.testing.assert_allclose(restored(images), backbone(images), 1e-5)


class TestMakeBackbone:
    def test_unknown_name_lists_the_names(self):
        with pytest.raises(
            InputError, match="small_cnn, alexnet, resnet18.*'vgg'"
        ):
            make_backbone("vgg", 64)

    def test_tiny_images_are_an_error(self):
        with pytest.raises(ValueError, match="at least 32, got 16"):
            make_backbone("small_cnn", 16)

    def test_weights_file_is_loaded(self, tmp_path):
        path = tmp_path / "a.weights.h5"
        first = make_backbone("small_cnn", 32)
        first.network.save_weights(path)
        second = make_backbone("small_cnn", 32, weights=path)
        for a, b in zip(first.weights, second.weights, strict=True):
            np.testing.assert_array_equal(a, b)

    def test_weights_of_another_network_are_an_error(self, tmp_path):
        path = tmp_path / "a.weights.h5"
        keras.Sequential(
            [keras.Input((4,)), keras.layers.Dense(3)]
        ).save_weights(path)
        with pytest.raises(InputError, match="does not hold the weights of sm"):
            make_backbone("small_cnn", 32, weights=path)

    def test_missing_weights_file_is_an_error(self, tmp_path):
        with pytest.raises(InputError, match="no such weights file"):
            make_backbone("small_cnn", 32, weights=tmp_path / "a.h5")

    def test_damaged_weights_file_is_an_error(self, tmp_path):
        path = tmp_path / "a.weights.h5"
        path.write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
        with pytest.raises(InputError, match="does not hold the weights"):
            make_backbone("small_cnn", 32, weights=path)

    def test_other_file_types_are_an_error(self, tmp_path):
        with pytest.raises(InputError, match=r"must be an \.h5 file"):
            make_backbone("small_cnn", 32, weights=tmp_path / "model.ckpt")


@pytest.mark.slow
class TestKerasCVBackbones:
    @pytest.mark.parametrize("name", BACKBONES[1:])
    def test_is_built_offline_and_quietly(self, name, capfd):
        backbone = make_backbone(name, 64)
        features = backbone(np.ones((1, 64, 64, 3), "float32"))
        assert features.shape == (1, backbone.feature_dim)
        assert capfd.readouterr().out == ""

    def test_is_saved_by_its_name(self, tmp_path):
        images = np.random.default_rng(0).random((1, 32, 32, 3), "float32")
        backbone = Backbone("resnet18", 32)
        expected = backbone(images)
        backbone.save(tmp_path / "b.keras")
        restored = keras.saving.load_model(tmp_path / "b.keras")
        np.testing.assert_allclose(restored(images), expected, 1e-5)
