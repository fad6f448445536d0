import numpy as np
import pytest
import skimage.color
import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.colour_embedding import ColourEmbedding
from tfcompat.layers.garment_mask import GarmentMask
from tfcompat.layers.luv import LUV_RANGES, rgb_to_luv
from tfcompat.layers.luv_histogram import LUVHistogram


def make_photo(ground, garment, side=32):
    """A square garment in the middle of a plain ground, `[1, s, s, 3]`."""
    photo = np.broadcast_to(np.float32(ground), (side, side, 3)).copy()
    quarter = side // 4
    photo[quarter:-quarter, quarter:-quarter] = garment
    return photo[None]


class TestRGBToLUV:
    def test_agrees_with_scikit_image(self):
        rgb = np.random.default_rng(0).random((50, 3))
        rgb = np.vstack([rgb, np.eye(3), np.ones(3), np.full(3, 0.01)])
        expected = skimage.color.rgb2luv(rgb)
        # White points and matrices are rounded elsewhere: under 0.02 apart.
        np.testing.assert_allclose(rgb_to_luv(rgb), expected, atol=0.05)

    def test_all_of_srgb_is_in_the_ranges(self):
        levels = np.linspace(0, 1, 12)
        rgb = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(-1, 3)
        luv = rgb_to_luv(rgb).numpy()
        low, high = np.transpose(LUV_RANGES)
        assert (luv >= low).all() and (luv <= high + 1e-3).all()

    def test_slopes_are_finite_at_black(self):
        rgb = tf.zeros((1, 3))
        with tf.GradientTape() as tape:
            tape.watch(rgb)
            luv = rgb_to_luv(rgb)
        np.testing.assert_allclose(luv, np.zeros((1, 3)), atol=1e-6)
        assert np.isfinite(tape.gradient(luv, rgb)).all()


class TestLUVHistogram:
    def test_a_colour_between_two_points_by_hand(self):
        # Bins of L at 0, 50, 100: L = 60 gives 0.8 to 50 and 0.2 to 100.
        # u is at its least and v at its greatest value: first and last bin.
        luv = np.array([60.0, LUV_RANGES[1][0], LUV_RANGES[2][1]], "float32")
        histogram = LUVHistogram((3, 2, 2))(luv[None, None, None])
        expected = np.zeros((3, 2, 2))
        expected[1, 0, 1], expected[2, 0, 1] = 0.8, 0.2
        np.testing.assert_allclose(histogram, [expected.ravel()], atol=1e-6)

    def test_agrees_with_scikit_image_pixel_by_pixel(self):
        bins = (4, 5, 3)
        random = np.random.default_rng(1)
        rgb = random.random((2, 6, 6, 3))
        weights = random.random((2, 6, 6))
        expected = np.zeros((2, *bins))
        for n, image in enumerate(skimage.color.rgb2luv(rgb)):
            for pixel, weight in zip(
                image.reshape(-1, 3), weights[n].ravel(), strict=True
            ):
                shares = []
                for value, count, (low, high) in zip(
                    pixel, bins, LUV_RANGES, strict=True
                ):
                    share = np.zeros(count)
                    place = (value - low) / (high - low) * (count - 1)
                    share[int(place)] = 1 - place % 1
                    share[int(place) + 1] += place % 1
                    shares.append(share)
                expected[n] += weight * np.einsum("a,b,c", *shares)
            expected[n] /= expected[n].sum()
        found = LUVHistogram(bins)(rgb_to_luv(rgb), weights)
        np.testing.assert_allclose(found, expected.reshape(2, -1), atol=1e-3)

    def test_order_of_pixels_and_scale_of_weights_do_not_matter(self):
        random = np.random.default_rng(2)
        luv = rgb_to_luv(random.random((1, 5, 5, 3)))
        weights = random.random((1, 5, 5)).astype("float32")
        layer = LUVHistogram()
        turned = layer(luv[:, ::-1], 7 * weights[:, ::-1])
        np.testing.assert_allclose(layer(luv, weights), turned, atol=1e-6)

    def test_no_weight_at_all_gives_zeros(self):
        luv = rgb_to_luv(np.ones((1, 4, 4, 3)))
        histogram = LUVHistogram()(luv, np.zeros((1, 4, 4)))
        np.testing.assert_array_equal(histogram, np.zeros((1, 384)))

    def test_slopes_reach_the_pixels(self):
        rgb = tf.constant([[[[0.3, 0.5, 0.7]]]])
        layer = LUVHistogram((3, 4, 4))
        weights = np.random.default_rng(3).normal(size=(1, 48))

        def total(rgb):
            return tf.reduce_sum(layer(rgb_to_luv(rgb)) * weights)

        with tf.GradientTape() as tape:
            tape.watch(rgb)
            value = total(rgb)
        slopes = tape.gradient(value, rgb).numpy().ravel()
        for i, step in enumerate(1e-3 * np.eye(3)):
            ahead = total(rgb + step) - total(rgb - step)
            assert slopes[i] == pytest.approx(float(ahead) / 2e-3, rel=0.02)

    def test_wrong_bins_are_refused(self):
        with pytest.raises(ValueError, match="`bins`"):
            LUVHistogram((6, 1, 8))


class TestGarmentMask:
    def test_ground_has_no_weight_and_the_garment_has_it_all(self):
        photo = make_photo((0.9, 0.9, 0.9), (0.2, 0.3, 0.8))
        mask = GarmentMask()(rgb_to_luv(photo)).numpy()[0]
        assert mask[8:-8, 8:-8].min() > 0.9
        mask[8:-8, 8:-8] = 0
        assert mask.max() < 0.1

    def test_only_the_box_counts(self):
        photo = make_photo((0.9, 0.9, 0.9), (0.2, 0.3, 0.8))
        photo[0, 26:30, 2:30] = (0.8, 0.1, 0.1)  # Something else on the ground.
        box = np.array([[0.25, 0.25, 0.75, 0.75]])
        mask = GarmentMask()(rgb_to_luv(photo), box).numpy()[0]
        assert mask[8:24, 8:24].min() > 0.9
        mask[8:24, 8:24] = 0
        assert mask.max() == 0

    def test_a_photo_of_one_colour_is_weighed_evenly(self):
        mask = GarmentMask()(rgb_to_luv(np.full((1, 16, 16, 3), 0.5))).numpy()
        assert mask.min() > 0 and np.ptp(mask) < 1e-5


class TestColourEmbedding:
    def test_the_ground_does_not_matter(self):
        layer = ColourEmbedding(4, side=32)
        on_white = layer.count(make_photo((1, 1, 1), (0.7, 0.2, 0.2)))
        on_grey = layer.count(make_photo((0.6, 0.6, 0.55), (0.7, 0.2, 0.2)))
        blue = layer.count(make_photo((1, 1, 1), (0.2, 0.2, 0.7)))
        assert np.abs(on_white - on_grey).sum() < 0.1
        assert np.abs(on_white - blue).sum() > 1.8

    def test_saved_and_loaded_it_gives_the_same(self, tmp_path):
        photo = make_photo((1, 1, 1), (0.7, 0.2, 0.2))
        images = keras.Input((32, 32, 3))
        layer = ColourEmbedding(3, bins=(3, 4, 5), side=16)
        model = keras.Model(images, layer(images))
        expected = model(photo)
        model.save(tmp_path / "colours.keras")
        restored = keras.saving.load_model(tmp_path / "colours.keras")
        assert restored.layers[-1].bins == (3, 4, 5)
        np.testing.assert_allclose(restored(photo), expected, rtol=1e-5)
