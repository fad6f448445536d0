import json

import numpy as np
import pandas as pd
import pytest

from tfcompat.data.attribute_columns import (
    encode_columns,
    encode_matrix,
    learn_columns,
)

FRAME = pd.DataFrame(
    {
        "colour": ["red", "", "blue", "red"],
        "length": [1.0, 3.0, np.nan, 2.0],
        "digits": ["10", "20", "30", ""],
        "mixed": ["1", "2", "three", ""],
        "same": ["x", "x", "", "x"],
        "empty": ["", "", "", ""],
    }
)


class TestLearnColumns:
    def test_numbers_are_standardised_and_texts_listed(self):
        columns = learn_columns(FRAME, ["colour", "length", "digits"])
        assert columns["colour"] == {"values": ["blue", "red"]}
        # 1, 3 and 2: mean 2, variance 2/3.
        assert columns["length"]["mean"] == 2.0
        assert columns["length"]["scale"] == pytest.approx((2 / 3) ** 0.5)
        assert columns["digits"]["mean"] == 20.0

    def test_one_text_makes_a_column_categorical(self):
        columns = learn_columns(FRAME, ["mixed"])
        assert columns["mixed"] == {"values": ["1", "2", "three"]}

    def test_columns_that_say_nothing_are_left_out(self):
        assert learn_columns(FRAME, ["same", "empty"]) == {}

    def test_only_the_most_frequent_values_are_kept(self):
        columns = learn_columns(FRAME, ["colour"], max_values=1)
        assert columns["colour"] == {"values": ["red"]}

    def test_order_of_rows_does_not_matter(self):
        names = list(FRAME)
        for limit in (1, 2):
            assert learn_columns(FRAME, names, limit) == learn_columns(
                FRAME[::-1], names, limit
            )

    def test_is_plain_json(self):
        columns = learn_columns(FRAME, list(FRAME))
        assert json.loads(json.dumps(columns)) == columns

    def test_missing_column_is_an_error(self):
        with pytest.raises(ValueError, match="'size', but the columns are col"):
            learn_columns(FRAME, ["size"])


class TestEncode:
    columns = {
        "colour": {"values": ["blue", "red"]},
        "length": {"mean": 2.0, "scale": 0.5},
    }

    def test_columns_by_hand(self):
        encoded = encode_columns(FRAME, self.columns)
        np.testing.assert_array_equal(encoded["colour"], [1, -1, 0, 1])
        np.testing.assert_array_equal(encoded["length"], [-2, 2, np.nan, 0])
        assert encoded["colour"].dtype == np.int32
        assert encoded["length"].dtype == np.float32

    def test_matrix_by_hand(self):
        np.testing.assert_array_equal(
            encode_matrix(FRAME, self.columns),
            [[0, 1, -2], [0, 0, 2], [1, 0, 0], [0, 1, 0]],
        )

    def test_unseen_value_and_missing_column_are_unknown(self):
        frame = pd.DataFrame({"colour": ["green"]})
        np.testing.assert_array_equal(
            encode_matrix(frame, self.columns), [[0, 0, 0]]
        )

    def test_no_columns_give_no_features(self):
        assert encode_matrix(FRAME, {}).shape == (4, 0)

    def test_text_in_a_numeric_column_is_an_error(self):
        frame = pd.DataFrame({"length": ["1", "long"]})
        with pytest.raises(ValueError, match="length is numeric.*'long'"):
            encode_columns(frame, self.columns)
