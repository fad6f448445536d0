import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.models.contract import ModelContract
from tests.models.pair_batch import make_pair_batch
from tfcompat.layers.category_pair_attention import CategoryPairAttention
from tfcompat.layers.customer_attention import CustomerAttention
from tfcompat.layers.customer_table import CustomerTable
from tfcompat.layers.dense_subspaces import DenseSubspaces
from tfcompat.layers.free_attention import FreeAttention
from tfcompat.layers.group_projection import GroupProjection
from tfcompat.layers.hadamard_masks import HadamardMasks
from tfcompat.layers.item_liking import ItemLiking
from tfcompat.losses.contrastive import ContrastiveLoss
from tfcompat.models.subspace_net import SubspaceNet


def make_backbone():
    return keras.Sequential([keras.layers.Dense(6, activation="tanh")])


def make_table():
    table = CustomerTable(4, 3)
    table.load_embeddings(np.random.default_rng(1).normal(size=(4, 3)))
    return table


def make_liking():
    random = np.random.default_rng(2)
    liking = ItemLiking(4, 6, 3)
    liking.load_tastes(
        random.normal(size=(4, 3)),
        random.normal(size=(6, 3)),
        random.normal(size=6),
    )
    return liking


def make_psa_net(subspaces=None, item_terms=None):
    return SubspaceNet(
        make_backbone(),
        GroupProjection(2, 8),
        subspaces or HadamardMasks(3),
        CustomerAttention(3, hidden_units=4),
        make_table(),
        item_terms,
    )


class _Contract(ModelContract):
    loss = ContrastiveLoss(margin=1.5)
    fits_to = 0.8

    def make_batch(self):
        return make_pair_batch()


class TestPSANet(_Contract):
    def make_model(self):
        return make_psa_net()


class TestPSANetWithDenseSubspacesAndItemTerms(_Contract):
    def make_model(self):
        return make_psa_net(DenseSubspaces(3, 4), make_liking())


class TestNonPersonalised(_Contract):
    def make_model(self):
        return SubspaceNet(
            make_backbone(),
            GroupProjection(1, 8, normalize=False),
            HadamardMasks(2, rest=0.3),
            FreeAttention(2),
        )

    def test_customer_does_not_matter(self):
        inputs, _ = self.make_batch()
        model = self.make_model()
        expected = model(inputs)
        inputs["customer"] = np.full_like(inputs["customer"], -1)
        np.testing.assert_array_equal(model(inputs), expected)


class TestCSANet(_Contract):
    def make_model(self):
        return SubspaceNet(
            make_backbone(),
            GroupProjection(1, 8),
            HadamardMasks(2),
            CategoryPairAttention(2, num_categories=3, hidden_units=5),
        )


class TestScores:
    def test_score_is_the_negative_distance_by_hand(self):
        model = SubspaceNet(
            keras.Sequential([keras.layers.Activation("linear")]),
            GroupProjection(1, 2, normalize=False),
            HadamardMasks(2, rest=0.0),
            FreeAttention(2),
        )
        inputs, _ = make_pair_batch(features=2)
        inputs["items"] = np.array(
            [[3, 0], [0, 4], [0, 0], [0, 0], [0, 0], [0, 0]], "float32"
        )
        inputs["query"] = np.array([0], "int32")
        inputs["candidates"] = np.array([[1, 0]], "int32")
        inputs["customer"] = np.array([0], "int32")
        model(inputs)
        model.projection.dense.kernel.assign(np.eye(2))
        # Equal weights on the masks [1, 0] and [0, 1] blend to [.5, .5]:
        # |(3, 0) - (0, 4)| / 2 = 2.5, and nothing to itself.
        np.testing.assert_allclose(model(inputs), [[-2.5, 0]], atol=1e-5)

    def test_each_item_is_embedded_once(self):
        class Counting(keras.layers.Layer):
            rows = 0

            def call(self, items, training=False):
                Counting.rows += items.shape[0]
                return items

        model = SubspaceNet(
            Counting(),
            GroupProjection(1, 4),
            HadamardMasks(2),
            FreeAttention(2),
        )
        inputs, _ = make_pair_batch(items=6, batch=50, candidates=4)
        model(inputs)
        assert Counting.rows == 6

    def test_a_stranger_is_scored_as_the_average_customer(self):
        inputs, _ = make_pair_batch()
        model = make_psa_net()
        model(inputs)
        inputs["customer"] = np.full(8, -1, "int32")
        stranger = model(inputs)
        model.customers.table.assign(tf.zeros((4, 3)))
        inputs["customer"] = np.zeros(8, "int32")
        np.testing.assert_allclose(model(inputs), stranger, rtol=1e-6)

    def test_personal_weights_change_the_ranking(self):
        inputs, _ = make_pair_batch(batch=2, candidates=5)
        inputs["query"] = np.array([0, 0], "int32")
        inputs["candidates"] = np.array([[1, 2, 3, 4, 5]] * 2, "int32")
        inputs["customer"] = np.array([0, 1], "int32")
        scores = make_psa_net()(inputs).numpy()
        assert not np.allclose(scores[0], scores[1])


class TestIndex:
    @pytest.mark.parametrize(
        ("subspaces", "item_terms"),
        [
            (HadamardMasks, None),
            (HadamardMasks, make_liking),
            (lambda k: DenseSubspaces(k, 4), None),
            (lambda k: DenseSubspaces(k, 4), make_liking),
        ],
    )
    def test_dot_product_ranks_ten_thousand_items_exactly(
        self, subspaces, item_terms
    ):
        count, batch = 10_000, 5
        inputs, _ = make_pair_batch(3, items=count, batch=batch)
        inputs["item_rows"] %= 6
        inputs["candidates"] = np.tile(
            np.arange(count, dtype="int32"), (batch, 1)
        )
        model = make_psa_net(subspaces(3), item_terms and item_terms())
        if item_terms:
            model(inputs)
            model.item_terms.scales.assign([0.3, -0.2, 0.1, 0.4, 2.0])
        scores = model(inputs).numpy()
        products = tf.matmul(
            model.embed_query(inputs),
            model.embed_candidate(inputs),
            transpose_b=True,
        ).numpy()
        for row in range(batch):
            by_score = np.argsort(scores[row], kind="stable")
            # In the order of the scores, the dot products never fall.
            steps = np.diff(products[row][by_score].astype("float64"))
            assert steps.min() > -1e-5

    @pytest.mark.parametrize(
        ("subspaces", "item_terms"),
        [
            (HadamardMasks, None),
            (HadamardMasks, make_liking),
            (lambda k: DenseSubspaces(k, 4), None),
            (lambda k: DenseSubspaces(k, 4), make_liking),
        ],
    )
    def test_indexed_candidates_get_the_scores_of_the_model(
        self, subspaces, item_terms
    ):
        inputs, _ = make_pair_batch(4, batch=7, candidates=5)
        model = make_psa_net(subspaces(3), item_terms and item_terms())
        if item_terms:
            model(inputs)
            model.item_terms.scales.assign([0.3, -0.2, 0.1, 0.4, 2.0])
        expected = model(inputs)
        queries, items = (
            model.embed_query(inputs),
            model.embed_candidate(inputs),
        )
        candidates = tf.gather(items, inputs["candidates"])
        scores = model.score_candidates(inputs, candidates)
        np.testing.assert_allclose(scores, expected, atol=1e-6)
        products = tf.einsum("bq,bcq->bc", queries, candidates)
        scores = model.scores_of_products(products, inputs)
        # An item's distance to itself is the root of rounding errors.
        np.testing.assert_allclose(scores, expected, atol=2e-3)
        others = inputs["candidates"] != inputs["query"][:, None]
        np.testing.assert_allclose(
            scores.numpy()[others], expected.numpy()[others], atol=1e-5
        )

    def test_candidate_categories_may_be_given_without_candidates(self):
        inputs, _ = make_pair_batch(5, candidates=1)
        model = SubspaceNet(
            make_backbone(),
            GroupProjection(1, 8),
            HadamardMasks(2),
            CategoryPairAttention(2, num_categories=3, hidden_units=5),
        )
        expected = model(inputs)
        items = tf.gather(model.embed_candidate(inputs), inputs["candidates"])
        asked = inputs.pop("candidates")
        inputs["candidate_categories"] = inputs["categories"][asked]
        scores = model.score_candidates(inputs, items)
        np.testing.assert_allclose(scores, expected, atol=1e-6)
        inputs["candidate_categories"] = (inputs["categories"][asked] + 1) % 3
        others = model.score_candidates(inputs, items)
        assert not np.allclose(others, expected, atol=1e-6)

    def test_features_stand_for_items(self):
        inputs, _ = make_pair_batch()
        model = make_psa_net()
        expected = model(inputs)
        inputs["features"] = model.backbone(inputs.pop("items"))
        np.testing.assert_allclose(model(inputs), expected, atol=1e-6)
