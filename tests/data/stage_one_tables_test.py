import json
import types

import numpy as np
import pandas as pd
import pytest

from tfcompat.data.stage_one_tables import (
    encode_items,
    stage_one_columns,
    stage_one_tables,
    vote_histories,
)


def make_wardrobe():
    items = pd.DataFrame(
        {
            "item_id": ["a", "b", "c"],
            "category": ["shirt", "skirt", "shirt"],
            "brand": ["", "North", "South"],
            "attr_colour": ["red", "blue", ""],
            "price": [10.0, np.nan, 30.0],
        }
    )
    customers = pd.DataFrame(
        {"customer_id": ["x", "y"], "survey_fit": ["slim", "wide"]}
    )
    votes = pd.DataFrame(
        {
            "customer": np.int32([0, 0, 0, 0]),
            "item": np.int32([2, 0, 1, 1]),
            "vote": np.int8([1, -1, 1, 1]),
            "split": pd.Categorical(["train", "train", "train", "test"]),
        }
    )
    return types.SimpleNamespace(
        items=items, customers=customers, item_votes=votes
    )


class TestVoteHistories:
    def test_training_votes_by_customer_latest_first(self):
        items, votes = vote_histories(make_wardrobe())
        np.testing.assert_array_equal(items, [[1, 0, 2], [-1, -1, -1]])
        np.testing.assert_array_equal(votes, [[1, -1, 1], [0, 0, 0]])

    def test_the_latest_are_kept(self):
        items, votes = vote_histories(make_wardrobe(), history_size=2)
        np.testing.assert_array_equal(items, [[1, 0], [-1, -1]])
        np.testing.assert_array_equal(votes, [[1, -1], [0, 0]])

    def test_no_votes_at_all(self):
        wardrobe = make_wardrobe()
        wardrobe.item_votes = wardrobe.item_votes[:0]
        items, _ = vote_histories(wardrobe)
        np.testing.assert_array_equal(items, [[-1], [-1]])


class TestStageOneTables:
    def test_by_hand(self):
        wardrobe = make_wardrobe()
        columns = stage_one_columns(wardrobe)
        tables = stage_one_tables(wardrobe, columns, visual=np.eye(3))
        np.testing.assert_array_equal(tables["survey"], [[1, 0], [0, 1]])
        np.testing.assert_array_equal(tables["category"], [0, 1, 0])
        np.testing.assert_array_equal(tables["brand"], [-1, 0, 1])
        # Blue, red; then the price, mean 20 and deviation 10.
        np.testing.assert_array_equal(
            tables["attributes"], [[0, 1, -1], [1, 0, 0], [0, 0, 1]]
        )
        np.testing.assert_array_equal(tables["visual"], np.eye(3))

    def test_columns_are_plain_json(self):
        columns = stage_one_columns(make_wardrobe())
        assert json.loads(json.dumps(columns)) == columns

    def test_new_items_are_encoded_like_the_old(self):
        columns = stage_one_columns(make_wardrobe())
        new = pd.DataFrame({"category": ["skirt", "hat"], "price": [20, 40]})
        encoded = encode_items(new, columns)
        np.testing.assert_array_equal(encoded["category"], [1, -1])
        np.testing.assert_array_equal(encoded["brand"], [-1, -1])
        np.testing.assert_array_equal(
            encoded["attributes"], [[0, 0, 0], [0, 0, 2]]
        )
        assert encoded["visual"].shape == (2, 0)

    def test_features_of_too_few_items_are_an_error(self):
        wardrobe = make_wardrobe()
        columns = stage_one_columns(wardrobe)
        with pytest.raises(ValueError, match="must have 3 rows.*got 2"):
            stage_one_tables(wardrobe, columns, visual=np.eye(2))
