import numpy as np
import pytest
import tf_keras as keras

from tfcompat.layers.customer_item_towers import CustomerItemTowers
from tfcompat.layers.customer_tower import CustomerTower
from tfcompat.layers.item_tower import ItemTower
from tfcompat.layers.vote_history import VoteHistory


def make_tables(customers=3, items=4):
    generator = np.random.default_rng(0)
    return {
        "survey": generator.normal(size=(customers, 2)).astype("float32"),
        "history_items": np.tile([0, 1, -1], (customers, 1)).astype("int32"),
        "history_votes": np.tile([1, -1, 0], (customers, 1)).astype("float32"),
        "category": np.arange(items, dtype="int32") % 2,
        "brand": np.full(items, -1, "int32"),
        "attributes": generator.normal(size=(items, 5)).astype("float32"),
        "visual": generator.normal(size=(items, 6)).astype("float32"),
    }


@pytest.fixture
def towers():
    keras.utils.set_random_seed(0)
    return CustomerItemTowers.from_tables(make_tables(), embedding_dim=8)


def rows(*values):
    return np.array(values, "int32")


class TestCustomerItemTowers:
    def test_shapes(self, towers):
        customer, item = towers({"customer": rows(0, 1), "item": rows(3, -1)})
        assert customer.shape == item.shape == (2, 8)

    def test_tables_are_not_trained(self, towers):
        names = [weight.name for weight in towers.trainable_weights]
        assert len(names) == 4 * 2 + 4
        for table in towers.tables.values():
            assert not any(table is w for w in towers.trainable_weights)

    def test_features_of_a_known_item_can_be_given(self, towers):
        tables = make_tables()
        given = {name: tables[name][2:3] for name in tables if name != "survey"}
        given = {k: v for k, v in given.items() if "history" not in k}
        np.testing.assert_allclose(
            towers.embed_item({"item": rows(2), **given}),
            towers.embed_item({"item": rows(2)}),
            rtol=1e-5,
        )

    def test_features_of_a_known_customer_can_be_given(self, towers):
        tables = make_tables()
        given = {name: tables[name][1:2] for name in ("survey",)}
        for name in ("history_items", "history_votes"):
            given[name] = tables[name][1:2]
        np.testing.assert_allclose(
            towers.embed_customer({"customer": rows(1), **given}),
            towers.embed_customer({"customer": rows(1)}),
            rtol=1e-5,
        )

    def test_history_may_be_of_any_length(self, towers):
        for length in (0, 1, 9):
            customer = towers.embed_customer(
                {
                    "customer": rows(-1),
                    "history_items": np.zeros((1, length), "int32"),
                    "history_votes": np.ones((1, length), "int8"),
                }
            )
            assert np.isfinite(customer.numpy()).all()

    def test_vote_on_the_asked_item_is_left_out(self, towers):
        # Customer 0 voted on items 0 and 1: asked about item 0, she is the
        # customer who only voted on 1, whatever she said of 0.
        left = {
            "customer": rows(0),
            "history_items": rows([1]),
            "history_votes": rows([-1]),
        }
        for vote in (1, -1):
            towers.tables["history_votes"][0, 0].assign(vote)
            asked, _ = towers({"customer": rows(0), "item": rows(0)})
            np.testing.assert_allclose(
                asked, towers.embed_customer(left), rtol=1e-5
            )

    def test_past_votes_matter(self, towers):
        before = towers.embed_customer({"customer": rows(0)}).numpy()
        towers.tables["history_votes"][0, 0].assign(-1)
        after = towers.embed_customer({"customer": rows(0)}).numpy()
        assert not np.allclose(before, after)

    def test_works_in_mixed_precision(self):
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
        try:
            towers = CustomerItemTowers.from_tables(make_tables())
            pair = towers({"customer": rows(0), "item": rows(0)}, training=True)
        finally:
            keras.mixed_precision.set_global_policy("float32")
        assert [part.dtype for part in pair] == ["float32", "float32"]

    def test_config_rebuilds_it(self, towers):
        again = CustomerItemTowers.from_config(towers.get_config())
        assert again.get_config() == towers.get_config()

    def test_towers_of_two_sizes_are_an_error(self):
        with pytest.raises(
            ValueError, match="one `embedding_dim`, got 8 and 9"
        ):
            CustomerItemTowers(
                CustomerTower(1, 8),
                ItemTower(1, 1, 1, 9),
                VoteHistory(),
                survey_dim=1,
                history_size=1,
                attributes_dim=1,
                visual_dim=1,
            )
