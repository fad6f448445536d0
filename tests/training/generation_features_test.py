import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.training.garment_encoder import load_garment_encoder
from tfcompat.training.generation_features import (
    garment_features,
    generation_features,
    inception_features,
)
from tfcompat.training.run_folder import RunFolder


@pytest.fixture(scope="module")
def encoder(runs):
    return RunFolder(runs / "garment-encoder")


class TestGarmentFeatures:
    def test_are_those_of_the_encoder(self, encoder, wardrobe):
        network = garment_features(encoder)
        images = ImageStore(wardrobe.image_paths, 32).batch(tf.range(6))
        features, probabilities = network(images)
        model = load_garment_encoder(encoder.path)
        np.testing.assert_allclose(features, model.embed(images), atol=1e-4)
        np.testing.assert_allclose(
            probabilities, tf.nn.softmax(model(images)["category"]), atol=1e-4
        )
        assert features.shape == (6, network.dim)
        assert probabilities.shape == (6, network.num_classes)
        assert network.name == "garment"

    def test_images_of_any_size_are_read(self, encoder, wardrobe):
        network = garment_features(encoder)
        features = [
            network(ImageStore(wardrobe.image_paths, size).batch([0, 1]))[0]
            for size in (32, 64, 128)
        ]
        # Nearly the same picture, seen at twice and four times the size.
        spread = np.linalg.norm(features[0][0] - features[0][1])
        for other in features[1:]:
            assert np.linalg.norm(features[0][0] - other[0]) < spread

    def test_without_inception_it_is_the_garment_encoder(self, encoder):
        assert generation_features(encoder).name == "garment"


class TestInceptionFeatures:
    @pytest.mark.slow
    def test_reads_a_file_of_its_weights(self, encoder, tmp_path):
        keras.utils.set_random_seed(0)
        network = keras.applications.InceptionV3(weights=None)
        network.save_weights(tmp_path / "inception.h5")
        found = generation_features(encoder, str(tmp_path / "inception.h5"))
        assert (found.name, found.dim, found.num_classes) == (
            "inception",
            2048,
            1000,
        )
        images = np.random.default_rng(0).random((2, 64, 64, 3), "float32")
        features, probabilities = found(images)
        assert features.shape == (2, 2048)
        resized = tf.image.resize(images, (299, 299), antialias=True)
        np.testing.assert_allclose(
            probabilities, network(2 * resized - 1), atol=1e-5
        )

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(InputError, match="no.h5: is no .h5 file"):
            inception_features(tmp_path / "no.h5")

    @pytest.mark.slow
    def test_other_weights_are_refused(self, tmp_path):
        model = keras.Sequential([keras.layers.Dense(1, input_shape=(2,))])
        model.save_weights(tmp_path / "other.h5")
        with pytest.raises(InputError, match="does not hold the weights of"):
            inception_features(tmp_path / "other.h5")
