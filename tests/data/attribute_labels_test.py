import numpy as np
import pandas as pd
import pytest

from tfcompat.data.attribute_labels import (
    encode_attribute_labels,
    read_attribute_labels,
)
from tfcompat.data.errors import InputError

ITEMS = pd.DataFrame(
    {
        "category": ["shirt", "skirt", "shirt", "skirt", "shirt"],
        "attr_color": ["red", "blue", "blue", "", "red"],
        # Shirts are smart and skirts casual: told by the category.
        "attr_formality": ["smart", "casual", "smart", "casual", "smart"],
        "attr_color2": ["", "", "red", "", "blue"],
        "attr_lightness": [1.0, 2.0, 3.0, 4.0, 5.0],
        "attr_season": [""] * 5,
    }
)


class TestReadAttributeLabels:
    def test_default_leaves_out_what_cannot_change_by_itself(self):
        labels = read_attribute_labels(ITEMS)
        assert labels.values == {
            "category": ["shirt", "skirt"],
            "color": ["blue", "red"],
        }
        np.testing.assert_array_equal(
            labels.labels, [[0, 1], [1, 0], [0, 0], [1, -1], [0, 1]]
        )
        assert labels.left_out == {
            "formality": "is told by category",
            "color2": "is known of 40% of the items only",
            "lightness": "says nothing, or is a number",
            "season": "says nothing, or is a number",
        }

    def test_named_ones_are_taken_as_they_are(self):
        labels = read_attribute_labels(ITEMS, ("formality", "color2"))
        assert labels.names == ["formality", "color2"]

    @pytest.mark.parametrize("name", ["sleeve", "season", "lightness"])
    def test_name_that_is_no_categorical_attribute_is_refused(self, name):
        with pytest.raises(InputError, match=name):
            read_attribute_labels(ITEMS, ("color", name))

    def test_one_attribute_is_too_few(self):
        with pytest.raises(InputError, match="fewer than two: color"):
            read_attribute_labels(ITEMS, ("color",))


class TestAttributeLabels:
    def test_places_of_values(self):
        labels = read_attribute_labels(ITEMS)
        assert labels.num_values == 4
        assert [labels.place(f"color={c}") for c in ("blue", "red")] == [2, 3]
        with pytest.raises(InputError, match="color has no value green"):
            labels.place("color=green")
        with pytest.raises(InputError, match="there is no attribute fit"):
            labels.place("fit=slim")

    def test_unknown_attribute_is_no_value_but_a_class_of_its_own(self):
        labels = read_attribute_labels(ITEMS)
        hot = labels.indicators(labels.labels)
        np.testing.assert_array_equal(hot[3], [0, 1, 0, 0])
        # Items 0 and 4 are alike; 1 and 3 differ in what is known.
        assert labels.classes[0] == labels.classes[4]
        assert len(set(labels.classes)) == 4

    def test_other_items_are_read_by_the_same_values(self):
        values = read_attribute_labels(ITEMS).values
        others = pd.DataFrame(
            {"category": ["skirt", "hat"], "attr_color": ["red", "green"]}
        )
        found = encode_attribute_labels(others, values)
        np.testing.assert_array_equal(found.labels, [[1, 1], [-1, -1]])
