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
from tfcompat.models.baselines.domain_transfer import DomainTransfer


class TestDomainTransfer(DesignContract):
    fits_to = 0.9

    def make_model(self):
        return DomainTransfer(
            ImageConverter((8, 16), 5, code_dim=6, activation="tanh"),
            StridedDiscriminator((8, 16), 5),
            StridedDiscriminator((8, 16), 5),
            image_size=32,
        )

    def compile_to_fit(self, model):
        # Against judges that do not learn, else they and the converter go
        # round in circles.
        model.compile(keras.optimizers.Adam(3e-3), keras.optimizers.SGD(0.0))

    def test_losses_by_hand(self):
        # With all weights 0 every logit is 0: each of the terms costs log 2,
        # and each loss is the mean of its terms.
        model = self.make_model()
        model.compile(keras.optimizers.SGD(0.0), keras.optimizers.SGD(0.0))
        for weight in model.trainable_variables:
            weight.assign(tf.zeros_like(weight))
        logs = model.train_step(make_design_batch())
        for name in (
            "loss",
            "generator",
            "association",
            "discriminator",
            "domain_discriminator",
        ):
            assert float(logs[name]) == pytest.approx(math.log(2)), name

    def test_only_the_domain_discriminator_rejects_what_does_not_belong(self):
        # One discriminator learns alone: the drawings never change.
        keras.utils.set_random_seed(0)
        model = self.make_model()
        model.compile(keras.optimizers.SGD(0.0), keras.optimizers.Adam(0.003))
        data = tf.data.Dataset.from_tensors(make_design_batch())
        model.fit(data, epochs=60, verbose=0)
        inputs, labels = make_design_batch()
        query, target, random = (
            2 * images - 1
            for images in (inputs["query"], labels["target"], labels["random"])
        )
        drawn = model.converter(query, training=True)

        def mean_logit(judge, *parts):
            pair = tf.concat(parts, axis=-1)
            return float(np.mean(judge(pair, training=True)))

        real = model.discriminator
        assert mean_logit(real, target) > 0 < mean_logit(real, random)
        assert mean_logit(real, drawn) < 0
        belongs = model.domain_discriminator
        assert mean_logit(belongs, query, target) > 0
        assert mean_logit(belongs, query, random) < 0
        assert mean_logit(belongs, query, drawn) < 0
