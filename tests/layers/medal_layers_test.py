import numpy as np
import pytest
import tensorflow as tf

from tfcompat.layers.distillation_head import DistillationHead
from tfcompat.layers.meta_spaces import MetaSpaces
from tfcompat.layers.multi_crop import MultiCrop, _boxes, _cut, _jitter
from tfcompat.layers.vision_transformer import VisionTransformer


class TestVisionTransformer:
    def make(self, **changes):
        sizes = {"width": 8, "depth": 2, "heads": 2, "drop_path": 0.0}
        return VisionTransformer(16, 4, **{**sizes, **changes})

    def test_one_vector_an_image_of_any_size(self):
        layer = self.make()
        for size in (16, 8, 24):
            images = np.random.default_rng(0).random((3, size, size, 3))
            assert layer(images).shape == (3, 8)

    def test_places_are_interpolated_to_other_sizes(self):
        layer = self.make()
        images = np.random.default_rng(0).random((1, 8, 8, 3))
        layer(images)
        # One number everywhere stays that number, as a bias would be.
        layer.places.assign(tf.ones_like(layer.places))
        everywhere = layer(images).numpy()
        layer.places.assign(tf.zeros_like(layer.places))
        layer.patches.bias.assign_add(tf.ones(8))
        np.testing.assert_allclose(layer(images), everywhere, atol=1e-5)

    def test_patches_know_their_place(self):
        layer = self.make()
        images = np.random.default_rng(0).random((1, 16, 16, 3))
        layer(images)
        layer.places.assign(np.random.default_rng(1).normal(size=(1, 4, 4, 8)))
        moved = np.roll(images, 4, axis=1)  # By one whole patch.
        assert np.abs(layer(images) - layer(moved)).max() > 1e-3
        layer.places.assign(tf.zeros_like(layer.places))
        np.testing.assert_allclose(layer(images), layer(moved), atol=1e-5)

    def test_drop_path_drops_whole_images_and_only_in_training(self):
        layer = self.make(depth=2, drop_path=0.999)
        images = np.random.default_rng(0).random((2, 8, 8, 3))
        shown = layer(images)
        assert np.abs(layer(images, training=True) - shown).max() > 1e-4
        np.testing.assert_array_equal(layer(images), shown)

    def test_what_does_not_fit_is_refused(self):
        with pytest.raises(ValueError, match="multiple of `patch_size`"):
            VisionTransformer(16, 5)
        with pytest.raises(ValueError, match="`heads` divide"):
            self.make(heads=3)
        with pytest.raises(ValueError, match="squares of a multiple"):
            self.make()(np.zeros((1, 10, 10, 3)))


class TestDistillationHead:
    def test_logits_are_cosines_with_the_prototypes(self):
        head = DistillationHead(units=7, hidden_units=5, bottleneck=3)
        features = np.random.default_rng(0).normal(size=(4, 6))
        logits = head(features).numpy()
        assert logits.shape == (4, 7) and np.abs(logits).max() <= 1 + 1e-5
        # Longer prototypes are the same prototypes.
        head.prototypes.assign(5.0 * head.prototypes)
        np.testing.assert_allclose(head(features), logits, atol=1e-5)

    def test_width_is_a_parameter(self):
        head = DistillationHead(units=65536)
        head.build((None, 384))
        assert head.prototypes.shape == (256, 65536)


class TestMetaSpaces:
    def test_a_pair_has_one_space_whichever_comes_first(self):
        spaces = MetaSpaces(4, 2)
        spaces(0, 0)
        count = spaces.masks.shape[0]
        assert count == 4 * 5 // 2
        spaces.masks.assign(np.arange(2.0 * count).reshape(count, 2))
        types = np.arange(4)
        masks = spaces(types[:, None], types[None]).numpy()
        np.testing.assert_array_equal(masks, masks.transpose(1, 0, 2))
        # Every unordered pair has one of its own.
        places = masks[np.triu_indices(4)][:, 0] // 2
        np.testing.assert_array_equal(places, np.arange(count))


class TestMultiCrop:
    def make(self, **changes):
        return MultiCrop(8, 4, **{"local_crops": 3, **changes})

    def test_shapes_range_and_seed(self):
        images = np.random.default_rng(0).random((2, 16, 16, 3))
        crops = self.make()
        large, small = crops(images, [1, 5])
        assert large.shape == (2, 2, 8, 8, 3) and small.shape == (3, 2, 4, 4, 3)
        for views in (large, small):
            assert 0 <= tf.reduce_min(views) and tf.reduce_max(views) <= 1
        again, _ = crops(images, [1, 5])
        other, _ = crops(images, [1, 6])
        np.testing.assert_array_equal(large, again)
        assert np.abs(large - other).max() > 0.05
        assert np.abs(large[0] - large[1]).max() > 0.05

    def test_local_crops_shrink_as_training_goes_on(self):
        crops = self.make(global_scale=(0.4, 1.0), local_scale=(0.1, 0.4))
        np.testing.assert_allclose(crops.local_scale_at(0.0), (0.4, 1.0))
        np.testing.assert_allclose(crops.local_scale_at(0.5), (0.25, 0.7))
        np.testing.assert_allclose(crops.local_scale_at(1.0), (0.1, 0.4))

    def test_boxes_have_the_area_and_stay_inside(self):
        draws = np.random.default_rng(0).random((4, 500)).astype("float32")
        left, top, width, height = np.transpose(_boxes(draws, (0.2, 0.5)))
        area = width * height
        assert 0.199 < area.min() < 0.22 and 0.48 < area.max() < 0.501
        assert min(left.min(), top.min()) >= 0
        assert max((left + width).max(), (top + height).max()) <= 1 + 1e-5
        aspect = width / height
        assert 0.74 < aspect.min() < 0.8 and 1.25 < aspect.max() < 1.34

    def test_a_cut_by_hand(self):
        # A ramp along x: the right half, scaled to 2 pixels of 2 each, has
        # the means of columns 4, 5 and 6, 7 of 8 in its middles.
        ramp = np.arange(8, dtype="float32") / 8
        images = np.broadcast_to(ramp[None, None, :, None], (1, 8, 8, 3))
        cut = _cut(images, np.array([[0.5, 0.0, 0.5, 1.0]], "float32"), 2)
        np.testing.assert_allclose(
            cut[0, 0, :, 0], [4.5 / 8, 6.5 / 8], atol=1e-5
        )
        whole = _cut(images, np.array([[0, 0, 1, 1]], "float32"), 8)
        np.testing.assert_allclose(whole, images, atol=1e-6)

    def test_jitter_of_nothing_changes_nothing_and_hue_keeps_the_grey(self):
        images = np.random.default_rng(0).random((1, 4, 4, 3)).astype("float32")
        none = np.full((4, 1, 1, 1, 1), 0.5, "float32")
        np.testing.assert_allclose(_jitter(images, none), images, atol=1e-6)
        turned = none.copy()
        turned[3] = 1.0  # Hue by 0.1 of a turn.
        hued = _jitter(images, turned).numpy()
        assert np.abs(hued - images).max() > 0.05
        # It turns around the axis of greys: the plain mean stays.
        np.testing.assert_allclose(
            hued.mean(axis=-1), images.mean(axis=-1), atol=1e-5
        )

    def test_scales_that_are_no_shares_are_refused(self):
        with pytest.raises(ValueError, match="`local_scale`"):
            self.make(local_scale=(0.0, 0.4))
        with pytest.raises(ValueError, match="`global_size`"):
            MultiCrop(0, 4)
