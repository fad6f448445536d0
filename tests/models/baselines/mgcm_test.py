import numpy as np
import pytest
import tf_keras as keras

from tests.models.matcher_contract import SIZE, MatcherContract
from tfcompat.layers.convolution_stack import ConvolutionStack
from tfcompat.layers.image_converter import ImageConverter
from tfcompat.layers.patch_discriminator import PatchDiscriminator
from tfcompat.layers.strided_discriminator import StridedDiscriminator
from tfcompat.layers.unet import UNet
from tfcompat.models.baselines.mgcm import MGCM

FILTERS = (4, 6, 8)


class MGCMContract(MatcherContract):
    fit_epochs = 40
    fits_to = 0.75  # Decay and the discriminator keep it from nought.
    learning_rate = 5e-3

    def compile(self, model):
        adam = keras.optimizers.Adam
        model.compile(
            adam(self.learning_rate), adam(self.learning_rate), l1_weight=1.0
        )

    def make_parts(self):
        raise NotImplementedError

    def make_model(self):
        keras.utils.set_random_seed(0)
        return MGCM(
            *self.make_parts(),
            ConvolutionStack(FILTERS, kernel_size=4),
            image_size=SIZE,
            latent_dim=5,
            template_weight=0.02,
            seed=1,
        )

    def test_template_is_an_image(self):
        inputs, _ = self.make_batch()
        model = self.make_model()
        drawn = np.asarray(model.design({"query": inputs["template"]}))
        assert drawn.shape == (6, SIZE, SIZE, 3)
        assert drawn.min() >= 0 and drawn.max() <= 1


class TestMGCM(MGCMContract):
    def make_parts(self):
        return (
            ImageConverter(FILTERS, activation="tanh"),
            StridedDiscriminator(FILTERS),
        )

    def test_score_by_hand(self):
        model = self.make_model()
        # Latent (.5, 1, 0, 0, 0) . (2, 1, 0, 0, 0) = 2; L1 of (1, -1) and
        # (0, 2) = 4; 2 - 0.02 * 4.
        queries = np.array([[0.5, 1, 0, 0, 0, 1, -1]], "float32")
        candidates = np.array([[2, 1, 0, 0, 0, 0, 2]], "float32")
        score = model.match(queries, candidates)
        assert float(score[0, 0]) == pytest.approx(1.92)

    def test_blocks_of_queries_are_as_one(self, monkeypatch):
        model = self.make_model()
        random = np.random.default_rng(0)
        queries, candidates = (
            random.normal(size=(count, 9)).astype("float32") for count in (7, 4)
        )
        whole = np.asarray(model.match(queries, candidates))
        # 36 numbers a query: two queries a block, the last one alone.
        monkeypatch.setattr("tfcompat.models.baselines.mgcm._AT_ONCE", 72)
        np.testing.assert_allclose(
            model.match(queries, candidates), whole, rtol=1e-5
        )


class TestPix2PixCM(MGCMContract):
    def make_parts(self):
        return UNet(FILTERS, dropout_blocks=1), PatchDiscriminator(FILTERS)

    # The two differ in their parts alone: once is enough for these.
    test_config_names_every_constructor_argument = None
    test_training_is_deterministic_by_seed = None
    test_fits_one_batch = None
    test_a_candidate_scores_the_same_wherever_it_stands = None
