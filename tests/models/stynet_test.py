import numpy as np
import pytest
import tensorflow as tf
import tf_keras as keras
from sklearn.metrics import roc_auc_score

from tests.models import planted_tastes
from tests.models.contract import ModelContract
from tfcompat.layers.customer_item_towers import CustomerItemTowers
from tfcompat.models.stynet import StyNet


def make_stynet(tables, **kwargs):
    towers = CustomerItemTowers.from_tables(
        tables, embedding_dim=8, hidden_units=16, **kwargs
    )
    return StyNet(towers, hidden_units=12)


class TestStyNetContract(ModelContract):
    def make_model(self):
        tables, _, _ = planted_tastes.make_world()
        return make_stynet({**tables, "brand": tables["category"]})

    def make_batch(self):
        tables, _, _ = planted_tastes.make_world()
        return planted_tastes.make_votes(tables)

    def compile(self, model):
        model.compile(optimizer=keras.optimizers.Adam(0.01))

    def test_ratings_are_between_0_and_1(self):
        inputs, _ = self.make_batch()
        ratings = self.make_model()(inputs).numpy()
        assert (ratings >= 0).all() and (ratings <= 1).all()

    def test_loss_is_the_mean_squared_error(self):
        inputs, labels = self.make_batch()
        model = self.make_model()
        expected = np.mean((model(inputs).numpy() - labels) ** 2)
        loss = model.compute_loss((inputs, labels))
        assert float(loss) == pytest.approx(expected, rel=1e-4)

    def test_trains_in_mixed_bfloat16(self):
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
        try:
            model = self.make_model()
            self.compile(model)
            assert np.isfinite(self.train(model, 2)).all()
        finally:
            keras.mixed_precision.set_global_policy("float32")

    def test_hidden_units_must_be_positive(self):
        with pytest.raises(ValueError, match="`hidden_units` must be pos"):
            StyNet(self.make_model().towers, hidden_units=0)


@pytest.fixture(scope="module")
def trained():
    keras.utils.set_random_seed(0)
    tables, customer_groups, item_groups = planted_tastes.make_world()
    model = make_stynet(tables)
    inputs, ratings = planted_tastes.make_votes(tables)
    data = tf.data.Dataset.from_tensor_slices((inputs, ratings))
    data = data.shuffle(len(ratings), seed=0).batch(100)
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    model.fit(data, epochs=12, verbose=0)
    return model, customer_groups, item_groups


def ask_all(model, item_groups, customer):
    """Asks one customer about every known item; AUC for each taste group."""
    count = len(item_groups)
    inputs = {
        "customer": np.full(count, -1, "int32"),
        "item": np.arange(count, dtype="int32"),
        **{
            name: np.repeat(value, count, axis=0)
            for name, value in customer.items()
        },
    }
    return roc_auc_score(item_groups, model(inputs).numpy())


NOBODY = {
    "survey": np.zeros((1, 3), "float32"),
    "history_items": np.zeros((1, 0), "int32"),
    "history_votes": np.zeros((1, 0), "int8"),
}


class TestColdStart:
    @pytest.mark.parametrize("group", [0, 1])
    def test_unseen_customer_is_judged_by_past_votes(self, trained, group):
        model, _, item_groups = trained
        votes = np.where(item_groups[:10] == group, 1, -1)
        history = {
            "history_items": np.arange(10, dtype="int32")[None],
            "history_votes": votes.astype("int8")[None],
        }
        auc = ask_all(model, item_groups, {**NOBODY, **history})
        assert (auc if group else 1 - auc) > 0.9

    @pytest.mark.parametrize("group", [0, 1])
    def test_unseen_customer_is_judged_by_survey(self, trained, group):
        model, _, item_groups = trained
        survey = {"survey": np.float32([[2 * group - 1, 0, 0]])}
        auc = ask_all(model, item_groups, {**NOBODY, **survey})
        assert (auc if group else 1 - auc) > 0.8

    def test_unseen_items_are_judged_by_features(self, trained):
        model, customer_groups, _ = trained
        new_groups = np.arange(50) % 2
        features = planted_tastes.make_features(
            new_groups, 4, np.random.default_rng(11)
        )
        for customer in (0, 1):
            ratings = model(
                {
                    "customer": np.full(50, customer, "int32"),
                    "item": np.full(50, -1, "int32"),
                    "category": np.zeros(50, "int32"),
                    "brand": np.full(50, -1, "int32"),
                    "attributes": features,
                    "visual": np.zeros((50, 0), "float32"),
                }
            ).numpy()
            likes = new_groups == customer_groups[customer]
            assert roc_auc_score(likes, ratings) > 0.85

    def test_known_customers_embed_by_group(self, trained):
        model, customer_groups, _ = trained
        embeddings = model.customer_embeddings(batch_size=16)
        assert embeddings.shape == (planted_tastes.NUM_CUSTOMERS, 8)
        assert embeddings.dtype == np.float32
        gap = np.linalg.norm(
            embeddings[customer_groups == 0].mean(0)
            - embeddings[customer_groups == 1].mean(0)
        )
        within = embeddings[customer_groups == 0].std(0)
        assert gap > 2 * np.linalg.norm(within)
