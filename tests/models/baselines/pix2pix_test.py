import math

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.models.baselines.design_contract import (
    DesignContract,
    make_design_batch,
)
from tfcompat.layers.patch_discriminator import PatchDiscriminator
from tfcompat.layers.unet import UNet
from tfcompat.models.baselines.pix2pix import Pix2pix


class TestPix2pix(DesignContract):
    def make_model(self):
        return Pix2pix(
            UNet((8, 16, 16), noise_dim=4, dropout_rate=0.3, dropout_blocks=1),
            PatchDiscriminator((8, 16)),
            image_size=32,
            seed=7,
        )

    def measure_fit(self, history):
        return history["l1"]

    def test_noise_varies_designs_when_asked_for(self):
        inputs, _ = make_design_batch()
        model = self.ready()
        first, again, other = (
            model.design(inputs, seed=tf.constant([1, n], tf.int64))
            for n in (1, 1, 2)
        )
        np.testing.assert_array_equal(first, again)
        assert not np.allclose(first, other)
        assert not np.allclose(first, model(inputs))

    def test_losses_by_hand(self):
        # With all weights 0 every logit is 0 and every drawing grey, 0 in
        # [-1, 1].
        inputs, labels = make_design_batch()
        model = self.make_model()
        model.compile(
            keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0), l1_weight=3.0
        )
        for weight in model.trainable_variables:
            weight.assign(tf.zeros_like(weight))
        logs = model.train_step((inputs, labels))
        distance = np.mean(np.abs(2 * labels["target"] - 1))
        assert float(logs["l1"]) == pytest.approx(distance, rel=1e-5)
        assert float(logs["generator"]) == pytest.approx(math.log(2))
        # Half of log 2 for the real and log 2 for the fake.
        assert float(logs["discriminator"]) == pytest.approx(math.log(2))
        assert float(logs["loss"]) == pytest.approx(
            math.log(2) + 3 * distance, rel=1e-5
        )
        assert float(logs["real_score"]) == pytest.approx(0.5)

    def test_without_adversary_it_is_drawn_to_the_target(self):
        keras.utils.set_random_seed(0)
        model = self.make_model()
        model.compile(
            keras.optimizers.Adam(0.01),
            keras.optimizers.SGD(0.0),
            l1_weight=1e4,
        )
        data = tf.data.Dataset.from_tensors(make_design_batch())
        history = model.fit(data, epochs=60, verbose=0).history
        assert history["l1"][-1] < 0.3 * history["l1"][0]
