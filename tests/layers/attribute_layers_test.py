import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.attribute_concatenation import AttributeConcatenation
from tfcompat.layers.attribute_learners import (
    AttributeLearners,
    join_attributes,
)
from tfcompat.layers.attribute_memory import AttributeMemory
from tfcompat.layers.attribute_projection import AttributeProjection
from tfcompat.layers.attribute_sum import AttributeSum
from tfcompat.layers.category_pair_choice import CategoryPairChoice
from tfcompat.layers.condition_attention import ConditionAttention
from tfcompat.layers.hadamard_masks import HadamardMasks


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


class TestAttributeLearners:
    def test_each_attribute_is_two_dense_layers(self):
        layer = AttributeLearners(3, 4)
        features = normal(2, 5)
        found = layer(features).numpy()
        hidden = features @ layer.hidden.kernel.numpy()
        hidden = np.maximum(hidden.reshape(2, 3, 4), 0)
        for a in range(3):
            expected = hidden[:, a] @ layer.kernel[a].numpy()
            np.testing.assert_allclose(found[:, a], expected, rtol=1e-4)

    def test_scale_is_that_of_a_dense_layer(self):
        keras.utils.set_random_seed(0)
        layer = AttributeLearners(6, 100)
        layer.build((None, 50))
        assert np.std(layer.kernel) == pytest.approx(0.1, rel=0.05)

    def test_joined_attributes_have_length_one(self):
        joined = join_attributes(tf.constant(normal(3, 2, 4)))
        np.testing.assert_allclose(np.linalg.norm(joined, axis=1), 1, rtol=1e-5)

    def test_projection_is_the_learners_joined(self):
        layer = AttributeProjection(2, 3)
        features = normal(4, 5)
        expected = join_attributes(layer.learners(features))
        np.testing.assert_allclose(layer(features, None), expected, rtol=1e-5)
        assert layer.get_config()["dim"] == 3


class TestAttributeMemory:
    def make(self):
        memory = AttributeMemory([2, 3], 2, weight=0.5)
        prototypes = np.arange(10, dtype="float32").reshape(5, 2)
        memory.load_prototypes(prototypes)
        return memory, prototypes

    def test_change_by_hand(self):
        memory, prototypes = self.make()
        # Attribute 0 from value 0 to 1, attribute 1 from value 2 to 0.
        change = np.array([[-1, 1, 1, 0, -1]])
        before = normal(1, 2, 2)
        after = memory(before, change)[0].numpy()
        expected = before[0] + [
            prototypes[1] - prototypes[0],
            prototypes[2] - prototypes[4],
        ]
        np.testing.assert_allclose(after, expected, rtol=1e-5)

    def test_two_changes_are_one_after_the_other(self):
        memory, _ = self.make()
        first = np.array([[-1, 1, 0, 0, 0]])
        second = np.array([[0, 0, 1, 0, -1]])
        before = tf.constant(normal(1, 2, 2))
        np.testing.assert_allclose(
            memory(before, first + second),
            memory(memory(before, first), second),
            rtol=1e-5,
        )

    def test_loss_is_what_lies_outside_its_own_block(self):
        memory, _ = self.make()
        memory(normal(1, 2, 2), np.zeros((1, 5)))
        assert float(memory.losses[0]) == 0
        full = memory.memory.numpy()
        full[0, 1] = [1.0, -3.0]  # A value of attribute 0 in attribute 1.
        memory.memory.assign(full)
        memory(normal(1, 2, 2), np.zeros((1, 5)))
        assert float(memory.losses[-1]) == pytest.approx(0.5 * 4.0)

    def test_bad_arguments_are_named(self):
        with pytest.raises(ValueError, match=r"`value_counts`.*\[2, 0\]"):
            AttributeMemory([2, 0])


@pytest.mark.parametrize("make", [AttributeSum, AttributeConcatenation])
class TestAttributeSubspaces:
    def make(self, make):
        layer = make(3)
        layer.build((None, 12))
        layer.kernel.assign(normal(3, 4, 4, seed=1))
        return layer

    def test_index_ranks_exactly(self, make):
        layer = self.make(make)
        queries, items = normal(2, 12, seed=2), normal(7, 12, seed=3)
        weights = np.abs(normal(2, 3, seed=4))
        products = tf.matmul(
            layer.index_query(queries, weights),
            layer.index_candidate(items),
            transpose_b=True,
        )
        gaps = layer(queries[:, None] - items[None], weights[:, None])
        squared = tf.reduce_sum(tf.square(gaps), axis=-1)
        own = tf.reduce_sum(tf.square(layer(queries, weights)), axis=-1)
        np.testing.assert_allclose(
            products - own[:, None], -squared, rtol=1e-3, atol=1e-3
        )

    def test_linear_in_the_embedding(self, make):
        layer = self.make(make)
        one, other = normal(2, 12, seed=5), normal(2, 12, seed=6)
        weights = np.abs(normal(2, 3, seed=7))
        np.testing.assert_allclose(
            layer(one - other, weights),
            layer(one, weights) - layer(other, weights),
            rtol=1e-3,
            atol=1e-4,
        )

    def test_embedding_that_cannot_be_cut_is_refused(self, make):
        with pytest.raises(ValueError, match="`num_attributes` must divide"):
            make(5)(tf.ones((1, 12)), tf.ones((1, 5)))


class TestAttributeSubspacesByHand:
    def test_fresh_layers_leave_the_attributes_as_they_are(self):
        x, w = tf.constant([[1.0, 2.0, 3.0, 4.0]]), tf.constant([[0.5, 2.0]])
        np.testing.assert_allclose(
            AttributeConcatenation(2)(x, w), [[0.5, 1.0, 6.0, 8.0]]
        )
        np.testing.assert_allclose(AttributeSum(2)(x, w), [[6.5, 9.0]])


class TestCategoryPairChoice:
    def test_every_unordered_pair_has_one_of_its_own(self):
        layer = CategoryPairChoice(3)
        assert layer.num_subspaces == 6
        one, other = np.divmod(np.arange(9), 3)
        chosen = layer(
            {
                "query_category": tf.constant(one, tf.int32),
                "candidate_category": tf.constant(other[:, None], tf.int32),
            }
        )
        places = np.argmax(chosen[:, 0], axis=-1).reshape(3, 3)
        assert set(places.ravel()) == set(range(6))
        np.testing.assert_array_equal(places, places.T)


class TestConditionAttention:
    def test_condition_picks_its_subspace(self):
        context = {
            "query_category": tf.constant([0, 0]),
            "condition": tf.constant([2, 0]),
        }
        weights = ConditionAttention(3)(context)
        np.testing.assert_array_equal(weights, [[[0, 0, 1]], [[1, 0, 0]]])

    def test_fixed_masks_look_at_their_own_dimensions_only(self):
        masks = HadamardMasks(2, rest=0.0, learned=False)
        found = masks(
            tf.constant([[1.0, 2.0, 3.0, 4.0]]), tf.constant([[0.0, 1.0]])
        )
        np.testing.assert_array_equal(found, [[0, 0, 3, 4]])
        assert not masks.trainable_weights

    def test_learned_masks_pay_for_their_size(self):
        masks = HadamardMasks(2, rest=0.1, l1=0.5)
        masks(tf.ones((1, 4)), tf.ones((1, 2)))
        # Half of the masks' entries are 1, half .1.
        assert float(masks.losses[0]) == pytest.approx(0.5 * 0.55)
