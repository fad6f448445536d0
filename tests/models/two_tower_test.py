import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras

from tests.models import planted_tastes
from tests.models.contract import ModelContract
from tfcompat.layers.customer_item_towers import CustomerItemTowers
from tfcompat.models.two_tower import TwoTower


def make_two_tower(tables):
    towers = CustomerItemTowers.from_tables(
        tables, embedding_dim=8, hidden_units=16
    )
    return TwoTower(towers, temperature=0.2)


class TestTwoTowerContract(ModelContract):
    # Many items are liked alike: the softmax over them has a floor.
    fits_to = 0.9

    def make_model(self):
        tables, _, _ = planted_tastes.make_world()
        return make_two_tower({**tables, "brand": tables["category"]})

    def make_batch(self):
        inputs, labels = planted_tastes.make_votes(
            planted_tastes.make_world()[0]
        )
        return {k: v[:200] for k, v in inputs.items()}, labels[:200]

    def compile(self, model):
        model.compile(optimizer=keras.optimizers.Adam(0.01))

    def test_score_is_the_dot_product_of_the_embeddings(self):
        model = self.make_model()
        inputs = {"customer": np.array([-1, -1]), "item": np.array([3, 9])}
        customer = model.embed_customer(inputs)
        item = model.embed_item(inputs)
        np.testing.assert_allclose(
            model(inputs), np.sum(customer * item, axis=-1), rtol=1e-4
        )
        np.testing.assert_allclose(np.linalg.norm(item, axis=-1), 1, 1e-5)

    def test_liked_items_are_no_negatives(self):
        model = self.make_model()
        tables, _, _ = planted_tastes.make_world()
        liked = tables["history_items"][0][tables["history_votes"][0] > 0]
        other = tables["history_items"][0][tables["history_votes"][0] < 0]
        inputs = {
            "customer": tf.zeros(4, tf.int32),
            "item": tf.constant([liked[0], liked[1], other[0], other[0]]),
        }
        np.testing.assert_array_equal(
            model._is_negative(inputs),
            # The last two rows ask about one item: it is not its own negative.
            [[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]],
        )

    def test_disliked_items_cost_nothing_as_positives(self):
        model = self.make_model()
        inputs, labels = self.make_batch()
        assert float(model.compute_loss((inputs, 0 * labels))) == 0.0

    def test_temperature_must_be_positive(self):
        with pytest.raises(ValueError, match="`temperature` must be pos"):
            TwoTower(self.make_model().towers, temperature=0)


class TestCandidates:
    @pytest.fixture(scope="class")
    def trained(self):
        keras.utils.set_random_seed(0)
        tables, customer_groups, item_groups = planted_tastes.make_world()
        model = make_two_tower(tables)
        data = tf.data.Dataset.from_tensor_slices(
            planted_tastes.make_votes(tables)
        )
        model.track_top_k(ks=(5, 30), batch_size=32)
        model.compile(optimizer=keras.optimizers.Adam(0.01))
        model.fit(data.shuffle(1200, seed=0).batch(100), epochs=10, verbose=0)
        return model, data, customer_groups, item_groups

    def test_best_candidates_are_of_the_customers_taste(self, trained):
        model, _, customer_groups, item_groups = trained
        items = model.embed_item({"item": np.arange(60, dtype="int32")})
        customers = model.embed_customer(
            {"customer": np.arange(40, dtype="int32")}
        )
        best = np.argsort(-(customers.numpy() @ items.numpy().T), axis=1)[:, :5]
        right = item_groups[best] == customer_groups[:, None]
        assert right.mean() > 0.9

    def test_evaluation_ranks_the_whole_catalogue(self, trained):
        model, data, _, _ = trained
        likes = data.filter(lambda _, rating: rating > 0).batch(64)
        result = model.evaluate(likes, verbose=0, return_dict=True)
        # Half of the 60 items are of one's taste; chance would be .5.
        assert result["catalogue/top_30_categorical_accuracy"] > 0.8
        assert result["catalogue/top_5_categorical_accuracy"] < 0.5

    def test_can_be_saved_with_its_metrics(self, trained, tmp_path):
        model, data, _, _ = trained
        model.save(tmp_path / "model.keras")
        restored = keras.saving.load_model(
            tmp_path / "model.keras", compile=False
        )
        inputs = {"customer": np.arange(9), "item": np.arange(9)}
        np.testing.assert_allclose(
            restored(inputs), model(inputs), rtol=1e-4, atol=1e-6
        )
