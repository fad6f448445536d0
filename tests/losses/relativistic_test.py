import numpy as np
import pytest
import tensorflow as tf

from tfcompat.losses.relativistic import relativistic_average_loss
from tfcompat.losses.weight_norm import (
    squared_weight_norm,
    weight_decay_share,
)


def cost(real, fake, margin=0.0):
    real, fake = tf.constant(real), tf.constant(fake)
    return float(relativistic_average_loss(real, fake, margin))


class TestRelativisticAverageLoss:
    def test_discriminator_by_hand(self):
        # Equation 1. Means: real 3, fake 1.
        # Real: (2 - 1 - 1)^2 = 0 and (4 - 1 - 1)^2 = 4, mean 2.
        # Fake: (0 - 3 + 1)^2 = 4 and (2 - 3 + 1)^2 = 0, mean 2.
        assert cost([2.0, 4.0], [0.0, 2.0], 1.0) == pytest.approx(2.0)

    def test_generator_by_hand(self):
        # Equation 2. Real: (2 - 1)^2 = 1 and (4 - 1)^2 = 9, mean 5.
        # Fake: (0 - 3)^2 = 9 and (2 - 3)^2 = 1, mean 5.
        assert cost([2.0, 4.0], [0.0, 2.0]) == pytest.approx(5.0)

    def test_guidance_by_hand_on_batches_of_unequal_size(self):
        # Equation 11. Liked 1; designed 0, 2 and 4, mean 2.
        # Liked: (1 - 2)^2 = 1. Designed: 1, 1 and 9, mean 11 / 3.
        assert cost([1.0], [0.0, 2.0, 4.0]) == pytest.approx(7 / 3)

    def test_wanted_margin_costs_nothing(self):
        assert cost([3.0, 3.0], [2.0, 2.0], 1.0) == 0
        assert cost([3.0, 3.0], [3.0, 3.0]) == 0

    def test_shift_of_all_scores_does_not_matter(self):
        real, fake = np.array([0.5, 2.0]), np.array([-1.0, 0.25])
        before = cost(real, fake, 1.0)
        assert cost(real + 8, fake + 8, 1.0) == pytest.approx(before)

    def test_generator_loss_pulls_both_together(self):
        real, fake = tf.constant([1.0, 2.0]), tf.constant([-1.0, 0.0])
        with tf.GradientTape() as tape:
            tape.watch([real, fake])
            loss = relativistic_average_loss(real, fake)
        for_real, for_fake = tape.gradient(loss, [real, fake])
        assert (for_real > 0).numpy().all()
        assert (for_fake < 0).numpy().all()


class TestSquaredWeightNorm:
    def test_by_hand(self):
        # 1 + 4 + 9 + 0.25.
        variables = [tf.Variable([[1.0, 2.0]]), tf.Variable([-3.0, 0.5])]
        assert float(squared_weight_norm(variables)) == 14.25

    def test_of_nothing_is_zero(self):
        assert float(squared_weight_norm([])) == 0


class TestWeightDecayShare:
    def test_by_hand(self):
        variables = [tf.Variable([[1.0, 2.0]]), tf.Variable([-3.0, 0.5])]
        with tf.GradientTape() as tape:
            share = weight_decay_share(variables, 0.1)
        # Half of 0.1 times 14.25, whose gradient is a tenth of each weight.
        np.testing.assert_allclose(share, 0.7125, rtol=1e-6)
        slopes = tape.gradient(share, variables)
        np.testing.assert_allclose(slopes[0], [[0.1, 0.2]], rtol=1e-6)
        np.testing.assert_allclose(slopes[1], [-0.3, 0.05], rtol=1e-6)
