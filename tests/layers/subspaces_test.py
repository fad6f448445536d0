import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.dense_subspaces import DenseSubspaces
from tfcompat.layers.hadamard_masks import HadamardMasks


class TestHadamardMasks:
    def test_blend_by_hand(self):
        layer = HadamardMasks(2, rest=0.1)
        # Blocks of four dimensions for two masks: m1 = [1, 1, .1, .1],
        # m2 = [.1, .1, 1, 1]; weights .75 and .25 blend to
        # [.775, .775, .325, .325].
        result = layer(
            tf.constant([[1.0, 2.0, 4.0, 8.0]]), tf.constant([[0.75, 0.25]])
        )
        np.testing.assert_allclose(result, [[0.775, 1.55, 1.3, 2.6]], rtol=1e-6)

    def test_one_weight_row_serves_all_candidates(self):
        layer = HadamardMasks(2)
        embeddings = tf.random.stateless_normal((3, 5, 4), (1, 2))
        weights = tf.constant([[[0.2, 0.8]], [[0.5, 0.5]], [[1.0, 0.0]]])
        together = layer(embeddings, weights)
        alone = layer(embeddings[2, 4][None], weights[2])
        np.testing.assert_allclose(together[2, 4][None], alone, rtol=1e-6)

    def test_blocks_cover_every_dimension_once(self):
        layer = HadamardMasks(3, rest=0.0)
        layer.build((None, 8))
        np.testing.assert_array_equal(np.sum(layer.masks, axis=0), np.ones(8))

    def test_more_masks_than_dimensions_is_refused(self):
        with pytest.raises(ValueError, match="`num_subspaces` must not exceed"):
            HadamardMasks(5)(tf.ones((1, 4)), tf.ones((1, 5)))

    def test_no_masks_is_refused(self):
        with pytest.raises(ValueError, match="got 0"):
            HadamardMasks(0)


class TestDenseSubspaces:
    def test_blend_by_hand(self):
        layer = DenseSubspaces(2, 1)
        layer.build((None, 2))
        # W1 = [1, 2] and W2 = [3, 4], stored as [input, subspace, output].
        layer.kernel.assign([[[1.0], [3.0]], [[2.0], [4.0]]])
        # x = [1, 10]: W1 x = 21, W2 x = 43; .5 * 21 + .25 * 43 = 21.25.
        result = layer(tf.constant([[1.0, 10.0]]), tf.constant([[0.5, 0.25]]))
        np.testing.assert_allclose(result, [[21.25]])

    def test_each_projection_starts_at_the_scale_of_a_dense_layer(self):
        keras.utils.set_random_seed(0)
        layer = DenseSubspaces(8, 256)
        layer.build((None, 400))
        assert np.std(layer.kernel) == pytest.approx(400**-0.5, rel=0.05)

    def test_bad_arguments_are_named(self):
        with pytest.raises(ValueError, match="`subspace_dim`.*got 0"):
            DenseSubspaces(1, 0)
