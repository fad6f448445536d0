import numpy as np
import tensorflow as tf
import tf_keras as keras

from tests.models.contract import ModelContract
from tests.models.pair_batch import make_pair_batch
from tfcompat.layers.group_projection import GroupProjection
from tfcompat.layers.variational_customers import VariationalCustomers
from tfcompat.losses.logistic import LogisticLoss
from tfcompat.models.joint_subspace_net import JointSubspaceNet


def make_batch():
    inputs, labels = make_pair_batch()
    random = np.random.default_rng(5)
    inputs["vote_customer"] = random.integers(0, 4, 10).astype("int32")
    inputs["vote_item"] = random.integers(0, 6, 10).astype("int32")
    inputs["vote_liked"] = random.integers(0, 2, 10).astype("float32")
    return inputs, labels


class TestJointSubspaceNet(ModelContract):
    loss = LogisticLoss()
    fits_to = 0.7

    def make_batch(self):
        return make_batch()

    def make_model(self):
        return JointSubspaceNet(
            keras.Sequential([keras.layers.Dense(6, activation="tanh")]),
            GroupProjection(2, 7, normalize=False),
            GroupProjection(2, 3 * 2 + 5, normalize=False),
            VariationalCustomers(4, 6, kl_weight=0.5),
            keras.layers.Dense(3, name="attention"),
            num_subspaces=3,
            subspace_dim=2,
            taste_dim=5,
            pair_share=0.01,
            vote_weight=0.5,
        )

    def test_score_is_a_dot_product_and_a_constant_of_the_question(self):
        inputs, _ = make_pair_batch(items=40, batch=6, candidates=30)
        model = self.make_model()
        scores = model(inputs).numpy()
        products = tf.gather(
            tf.matmul(
                model.embed_query(inputs),
                model.embed_candidate(inputs),
                transpose_b=True,
            ),
            inputs["candidates"],
            batch_dims=1,
        ).numpy()
        rest = scores - products
        np.testing.assert_allclose(rest, rest[:, :1] + 0 * rest, atol=1e-5)

    def test_indexed_candidates_get_the_scores_of_the_model(self):
        inputs, _ = make_pair_batch(items=40, batch=6, candidates=30)
        inputs["customer"][0] = -1
        model = self.make_model()
        expected = model(inputs)
        candidates = tf.gather(
            model.embed_candidate(inputs), inputs["candidates"]
        )
        inputs["features"] = model.backbone(inputs.pop("items"))
        scores = model.score_candidates(inputs, candidates)
        np.testing.assert_allclose(scores, expected, atol=1e-5)

    def test_item_votes_add_their_loss_only_in_training(self):
        inputs, _ = make_batch()
        model = self.make_model()
        model(inputs, training=True)
        assert len(model.losses) == 2
        model(inputs, training=False)
        assert not model.losses

    def test_item_votes_teach_the_taste_in_pairs(self):
        # Customer 0 likes items 0 and 1, customer 1 items 2 and 3. No pair
        # vote is there to learn from: labels are one half.
        keras.utils.set_random_seed(0)
        inputs, labels = make_batch()
        inputs["vote_customer"] = np.repeat([0, 1], 4).astype("int32")
        inputs["vote_item"] = np.tile(np.arange(4, dtype="int32"), 2)
        inputs["vote_liked"] = np.array([1, 1, 0, 0, 0, 0, 1, 1], "float32")
        model = self.make_model()
        model(inputs)
        model.compile(keras.optimizers.Adam(0.02), loss=self.loss)
        data = tf.data.Dataset.from_tensors((inputs, 0 * labels + 0.5))
        model.fit(data, epochs=80, verbose=0)
        inputs["customer"] = np.array([0, 1], "int32")
        inputs["query"] = np.array([4, 4], "int32")
        inputs["candidates"] = np.array([[0, 1, 2, 3]] * 2, "int32")
        looks = model.embed_candidate(inputs)[:, 6:]
        taste = model.taste(model.customers(inputs["customer"]))
        liking = tf.matmul(taste, looks, transpose_b=True).numpy()
        assert liking[0, :2].min() > liking[0, 2:4].max()
        assert liking[1, 2:4].min() > liking[1, :2].max()


class TestVariationalCustomers:
    def test_divergence_by_hand(self):
        layer = VariationalCustomers(1, 2)
        layer.build(None)
        layer.means.assign([[1.0, 0.0]])
        layer.log_deviations.assign([[0.0, np.log(2.0)]])
        # 1/2 (1 + 1 - 0 - 1) + 1/2 (0 + 4 - 2 log 2 - 1).
        expected = 0.5 + 0.5 * (3 - 2 * np.log(2))
        np.testing.assert_allclose(layer.divergence(), expected, rtol=1e-6)

    def test_samples_only_in_training(self):
        layer = VariationalCustomers(3, 4)
        rows = tf.constant([0, 1, 2])
        np.testing.assert_array_equal(layer(rows), layer.means)
        assert not np.allclose(layer(rows, training=True), layer.means)

    def test_a_stranger_is_the_prior(self):
        layer = VariationalCustomers(3, 4)
        unknown = tf.constant([-1, 3])
        np.testing.assert_array_equal(
            layer(unknown, training=True), np.zeros((2, 4))
        )
