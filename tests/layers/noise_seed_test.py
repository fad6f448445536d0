import numpy as np
import tensorflow as tf

from tfcompat.layers.noise_seed import content_seeds, step_seed

IMAGES = np.random.default_rng(0).random((5, 8, 8, 3)).astype("float32")


class TestStepSeed:
    def test_every_seed_step_and_use_has_its_own(self):
        seeds = {
            tuple(step_seed(seed, tf.constant(step, tf.int64), use).numpy())
            for seed in (0, 1)
            for step in (0, 1, 2)
            for use in (0, 1)
        }
        assert len(seeds) == 12

    def test_the_same_again(self):
        first, again = (step_seed(3, tf.constant(4), 1) for _ in range(2))
        np.testing.assert_array_equal(first, again)
        assert first.shape == (2,)
        numbers = tf.random.stateless_normal((3,), first)
        assert np.isfinite(numbers).all()


class TestContentSeeds:
    def test_depend_on_the_image_alone(self):
        seeds = content_seeds(IMAGES, 1).numpy()
        alone = content_seeds(IMAGES[3:4], 1).numpy()
        np.testing.assert_array_equal(alone[0], seeds[3])
        assert len({tuple(seed) for seed in seeds}) == 5

    def test_one_pixel_changes_them(self):
        other = IMAGES.copy()
        other[0, 5, 2, 1] += 1 / 255
        assert content_seeds(other)[0, 0] != content_seeds(IMAGES)[0, 0]

    def test_pixels_that_change_places_change_them(self):
        turned = IMAGES[:, ::-1]
        assert np.all(
            content_seeds(turned)[:, 0] != content_seeds(IMAGES)[:, 0]
        )

    def test_rounding_does_not(self):
        moved = np.clip(IMAGES, 0.1, 0.9)
        moved = np.round(255 * moved) / 255
        near = (moved * (1 + 1e-6)).astype("float32")
        np.testing.assert_array_equal(
            content_seeds(near), content_seeds(moved.astype("float32"))
        )

    def test_the_models_seed_counts(self):
        first, other = (content_seeds(IMAGES, seed).numpy() for seed in (0, 1))
        assert (first != other).any(axis=1).all()
