import math

import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.models.baselines.design_contract import (
    DesignContract,
    assert_same_weights,
    make_design_batch,
)
from tfcompat.layers.noise_seed import content_seeds
from tfcompat.layers.prototype_encoder import PrototypeEncoder
from tfcompat.layers.residual_discriminator import ResidualDiscriminator
from tfcompat.layers.subpixel_generator import SubpixelGenerator
from tfcompat.models.baselines.mrcgan import CompatibilityFamily, MrCGAN
from tfcompat.models.baselines.mrcgan.family import projected_distance


def make_family():
    family = CompatibilityFamily(PrototypeEncoder(5, 3, width=4), image_size=32)
    family.build()
    return family


class TestProjectedDistance:
    def test_two_prototypes_by_hand(self):
        # Candidate 1; prototypes 0 and 3: squared gaps 1 and 4, weights
        # softmax(-1, -4); the blend is 3 w and d = (3 w - 1)^2.
        weight = math.exp(-4) / (math.exp(-1) + math.exp(-4))
        distance = projected_distance(
            tf.constant([[[0.0], [3.0]]]), tf.constant([[1.0]])
        )
        assert float(distance[0]) == pytest.approx((3 * weight - 1) ** 2)

    def test_one_prototype_is_a_squared_distance(self):
        random = np.random.default_rng(0)
        prototypes, candidates = random.normal(size=(2, 4, 3))
        np.testing.assert_allclose(
            projected_distance(prototypes[:, None], candidates),
            np.sum((prototypes - candidates) ** 2, axis=1),
        )

    def test_one_near_prototype_is_enough(self):
        far = np.full((1, 1, 2), 50.0)
        near = np.ones((1, 1, 2))
        distance = projected_distance(
            np.concatenate([far, near], axis=1), np.ones((1, 2))
        )
        assert float(distance[0]) == pytest.approx(0)


class TestCompatibilityFamily:
    def compiled(self, seed=0, **settings):
        keras.utils.set_random_seed(seed)
        family = make_family()
        family.compile(keras.optimizers.Adam(0.003), **settings)
        return family

    def train(self, family, steps):
        for _ in range(steps):
            family.train_step(make_design_batch())

    def test_learns_what_goes_together(self):
        family = self.compiled()
        data = tf.data.Dataset.from_tensors(make_design_batch())
        history = family.fit(data, epochs=80, verbose=0).history
        assert history["loss"][-1] < 0.5 * history["loss"][0]
        assert history["accuracy"][-1] > 0.9
        assert history["liked_distance"][-1] < history["random_distance"][-1]
        inputs, labels = make_design_batch()
        scores = [
            family({"query": inputs["query"], "candidate": labels[name]})
            for name in ("target", "random")
        ]
        assert scores[0].shape == (6,)
        assert np.mean(scores[0] > scores[1]) > 0.9

    def test_loss_by_hand(self):
        # With all weights 0 every distance is 0 and the threshold at its
        # least, so both logits are 1e-6: log 2 of the liked and of the random
        # pair.
        family = make_family()
        family.compile(keras.optimizers.SGD(0.0), pull_weight=0.5)
        for weight in family.encoder.trainable_variables:
            weight.assign(tf.zeros_like(weight))
        logs = family.train_step(make_design_batch())
        assert float(logs["loss"]) == pytest.approx(2 * math.log(2), rel=1e-5)
        assert float(logs["accuracy"]) == 0.5

    def test_pull_weighs_the_distance_of_liked_pairs(self):
        weak, strong = (
            self.compiled(pull_weight=weight).train_step(make_design_batch())
            for weight in (0.0, 2.0)
        )
        assert float(strong["loss"] - weak["loss"]) == pytest.approx(
            2 * float(weak["liked_distance"]), rel=1e-4
        )

    def test_every_weight_moves(self):
        family = self.compiled()
        before = [weight.numpy() for weight in family.trainable_variables]
        self.train(family, 3)
        for weight, old in zip(family.trainable_variables, before, strict=True):
            assert not np.array_equal(weight.numpy(), old), weight.name

    def test_saved_family_scores_the_same(self, tmp_path):
        family = self.compiled()
        self.train(family, 2)
        family.save(tmp_path / "family.keras")
        keras.utils.set_random_seed(9)
        restored = keras.saving.load_model(
            tmp_path / "family.keras", compile=False
        )
        assert_same_weights(restored, family)
        inputs, labels = make_design_batch()
        pair = {"query": inputs["query"], "candidate": labels["target"]}
        np.testing.assert_allclose(restored(pair), family(pair), rtol=1e-5)


class TestMrCGAN(DesignContract):
    def make_model(self):
        return MrCGAN(
            make_family(),
            SubpixelGenerator(32, width=4),
            ResidualDiscriminator(5, width=4),
            noise_dim=3,
            seed=7,
        )

    def measure_fit(self, history):
        return history["latent"]

    def test_family_is_frozen(self):
        model = self.ready()
        before = [weight.numpy() for weight in model.family.weights]
        self.train(model, 2)
        for weight, old in zip(model.family.weights, before, strict=True):
            np.testing.assert_array_equal(weight, old)

    def test_every_prototype_has_a_design(self):
        inputs, _ = make_design_batch()
        model = self.ready()
        seed = tf.constant([1, 2], tf.int64)
        designs = model.design_each(inputs, seed)
        assert designs.shape == (6, 3, 32, 32, 3)
        assert not np.allclose(designs[:, 0], designs[:, 1])

    def test_queries_get_various_prototypes_and_noise(self):
        inputs, _ = make_design_batch(batch=40)
        model = self.ready()
        noise, chosen = zip(
            *map(model._draw_numbers, content_seeds(inputs["query"], 7)),
            strict=True,
        )
        assert set(map(int, chosen)) == {0, 1, 2}
        assert np.std(noise) == pytest.approx(1, abs=0.2)

    def test_losses_by_hand(self):
        inputs, labels = make_design_batch()
        model = self.make_model()
        model.compile(
            keras.optimizers.SGD(0.0),
            keras.optimizers.SGD(0.0),
            penalty_weight=9.0,
        )
        for part in (model.generator, model.discriminator):
            for weight in part.trainable_variables:
                weight.assign(tf.zeros_like(weight))
        # All logits and latents are 0, and so is the discriminator's slope.
        logs = model.train_step((inputs, labels))
        embedded = model.family.embed(labels["target"])[0].numpy()
        unfit = model.family.embed(labels["random"])[0].numpy()
        assert float(logs["generator"]) == pytest.approx(math.log(2))
        assert float(logs["discriminator"]) == pytest.approx(2 * math.log(2))
        assert float(logs["latent"]) == pytest.approx(
            np.mean(np.sum(embedded**2, axis=1)), rel=1e-4
        )
        near = np.linalg.norm(embedded, axis=1) - 0.05
        assert float(logs["near"]) == pytest.approx(
            np.mean(np.maximum(near, 0) ** 2), rel=1e-3
        )
        apart = 0.2 - np.linalg.norm(unfit, axis=1)
        assert float(logs["apart"]) == pytest.approx(
            np.mean(np.maximum(apart, 0) ** 2), abs=1e-4
        )
        assert float(logs["penalty"]) == pytest.approx(1, rel=1e-4)

    def test_sizes_must_fit(self):
        with pytest.raises(ValueError, match="has dim 6, but `family` 5"):
            MrCGAN(
                make_family(), SubpixelGenerator(32), ResidualDiscriminator(6)
            )
