import math

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.models.baselines.design_contract import (
    DesignContract,
    make_design_batch,
)
from tfcompat.layers.image_converter import ImageConverter
from tfcompat.layers.strided_discriminator import StridedDiscriminator
from tfcompat.losses.weight_norm import weight_decay_share
from tfcompat.models.baselines.discogan import DiscoGAN


class TestDiscoGAN(DesignContract):
    def make_model(self):
        return DiscoGAN(
            ImageConverter((8, 16), 4),
            ImageConverter((8, 16), 4),
            StridedDiscriminator((8, 16, 16), 4),
            StridedDiscriminator((8, 16, 16), 4),
            image_size=32,
        )

    def compile_to_fit(self, model):
        model.compile(
            keras.optimizers.Adam(2e-3, beta_1=0.5),
            keras.optimizers.Adam(1e-4, beta_1=0.5),
            early_iterations=0,
        )

    def measure_fit(self, history):
        return history["reconstruction"]

    def make_blank(self, **settings):
        """All weights 0: logits 0, features 0, drawings sigmoid(0) = 1/2."""
        model = self.make_model()
        model.compile(
            keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0), **settings
        )
        for weight in model.trainable_variables:
            weight.assign(tf.zeros_like(weight))
        return model

    @pytest.mark.parametrize(
        ("early_iterations", "rate"), [(0, 0.5), (3, 0.01), (10_000, 0.01)]
    )
    def test_losses_by_hand(self, early_iterations, rate):
        inputs, labels = make_design_batch()
        logs = self.make_blank(early_iterations=early_iterations).train_step(
            (inputs, labels)
        )
        # Both directions: log 2 each of the verdict, and for discriminators
        # half of (log 2 + log 2) each.
        assert float(logs["generator"]) == pytest.approx(2 * math.log(2))
        assert float(logs["discriminator"]) == pytest.approx(2 * math.log(2))
        assert float(logs["feature_matching"]) == 0
        # Of the last two thirds of the batch.
        gap = np.mean((inputs["query"][2:] - 0.5) ** 2)
        gap += np.mean((labels["target"][2:] - 0.5) ** 2)
        assert float(logs["reconstruction"]) == pytest.approx(gap, rel=1e-5)
        expected = (1 - rate) * 0.1 * 2 * math.log(2) + rate * gap
        assert float(logs["loss"]) == pytest.approx(expected, rel=1e-5)

    def test_reconstruction_counts_more_after_the_early_iterations(self):
        model = self.make_blank(early_iterations=4)
        batch = make_design_batch()
        early = float(model.train_step(batch)["loss"])  # Iterations 1 and 2.
        model.reset_metrics()
        late = float(model.train_step(batch)["loss"])  # 4 and 5.
        assert early == pytest.approx(
            float(
                self.make_blank(early_iterations=99).train_step(batch)["loss"]
            )
        )
        assert late == pytest.approx(
            float(self.make_blank(early_iterations=0).train_step(batch)["loss"])
        )
        assert early != late

    def test_one_step_of_the_discriminators_to_two_of_the_generators(self):
        model = self.ready()
        self.train(model, 4)
        assert int(model.discriminator_optimizer.iterations) == 4
        assert int(model.optimizer.iterations) == 8

    def test_weight_decay_pulls_weights_to_0(self):
        model = self.make_model()
        model.compile(
            keras.optimizers.SGD(1.0),
            keras.optimizers.SGD(1.0),
            weight_decay=0.1,
        )
        weights = model.trainable_variables
        with tf.GradientTape() as tape:
            loss = weight_decay_share(weights, model.weight_decay)
        for slope, weight in zip(
            tape.gradient(loss, weights), weights, strict=True
        ):
            np.testing.assert_allclose(slope, 0.1 * weight, rtol=1e-5)

    def test_a_batch_too_small_to_cut_is_refused(self):
        batch = make_design_batch(batch=2)
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="at least 3 pairs"
        ):
            self.ready().train_step(batch)

    def test_rates_are_shares(self):
        with pytest.raises(ValueError, match="`late_rate` must be in"):
            self.make_model().compile(late_rate=1.5)
