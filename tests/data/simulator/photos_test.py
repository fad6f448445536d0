import logging

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from tfcompat.data.errors import InputError
from tfcompat.data.simulator.photos import read_photos

ROWS = [
    # id, group, category, L, a, b, second colour
    ("a", "top", "T-Shirt", 50.04, 1.0, 2.0, ""),
    ("b", "bottom", "pants", 20.0, 0.0, -9.0, "white"),
    ("c", "top", "blazer", 30.0, 5.0, 5.0, "red"),
    ("d", "shoes", "shoes", 10.0, 0.0, 0.0, ""),
    ("e", "bottom", "skirt", 60.0, 20.0, 0.0, ""),
    ("f", "top", "shirt", 70.0, -20.0, 0.0, ""),
]
COLUMNS = ["item_id", "group", "category", "attr_color_l", "attr_color_a"]
COLUMNS += ["attr_color_b", "attr_color2"]


def write(folder, rows=ROWS, **columns):
    table = pd.DataFrame(rows, columns=COLUMNS).assign(**columns)
    table["image"] = table["item_id"] + ".png"
    for name in table["image"]:
        Image.new("RGB", (4, 4)).save(folder / name)
    table.to_csv(folder / "items.csv", index=False)
    return folder / "items.csv"


class TestReadPhotos:
    def test_takes_tops_then_bottoms_and_nothing_else(self, tmp_path):
        wardrobe, items, traits = read_photos(write(tmp_path), None, 0)
        assert list(items["item_id"]) == ["a", "c", "f", "b", "e"]
        assert wardrobe.folder == tmp_path
        assert len(traits) == 5

    def test_attributes_are_measured_or_those_of_the_category(self, tmp_path):
        _, _, traits = read_photos(write(tmp_path), None, 0)
        np.testing.assert_allclose(traits.lab[0], [50.0, 1.0, 2.0])
        np.testing.assert_array_equal(traits.pattern, [0, 3, 0, 3, 0])
        np.testing.assert_array_equal(
            traits.formality, [0.25, 1.0, 0.8, 0.55, 0.7]
        )

    def test_named_attributes_win(self, tmp_path):
        path = write(
            tmp_path,
            attr_pattern=["striped", "", "solid", "", "checked", "dotted"],
            attr_fit=["loose", "", "", "", "", "slim"],
            attr_length=["long", "", "", "", "mini", ""],
        )
        _, _, traits = read_photos(path, None, 0)
        np.testing.assert_array_equal(traits.pattern, [1, 0, 3, 3, 2])
        assert traits.fit[0] == 0.83 and traits.fit[2] == 0.17
        assert traits.length[0] == 0.9 and traits.length[4] == 0.12

    @pytest.mark.parametrize(
        "count, groups", [(2, "tb"), (3, "ttb"), (4, "ttbb"), (5, "tttbb")]
    )
    def test_samples_half_of_each_as_far_as_there_are(
        self, tmp_path, count, groups
    ):
        _, items, _ = read_photos(write(tmp_path), count, 0)
        assert "".join(group[0] for group in items["group"]) == groups

    def test_unknown_category_is_named(self, tmp_path, caplog):
        rows = [*ROWS, ("g", "top", "toga", 50.0, 0.0, 0.0, "")]
        with caplog.at_level(logging.WARNING):
            _, items, traits = read_photos(write(tmp_path, rows), None, 0)
        assert "toga" in caplog.text
        row = list(items["item_id"]).index("g")
        assert traits.formality[row] == 0.5


class TestBadInput:
    def test_not_an_items_csv(self, tmp_path):
        with pytest.raises(InputError, match="--images .*nowhere.*items.csv"):
            read_photos(tmp_path / "nowhere", None, 0)

    def test_no_bottoms(self, tmp_path):
        with pytest.raises(InputError, match="no item .* group 'bottom'"):
            read_photos(write(tmp_path, ROWS[:1]), None, 0)

    def test_too_few(self, tmp_path):
        with pytest.raises(InputError, match="has 5 .* --items 6"):
            read_photos(write(tmp_path), 6, 0)

    def test_column_of_colours_is_missing(self, tmp_path):
        path = write(tmp_path)
        table = pd.read_csv(path).drop(columns="attr_color_a")
        table.to_csv(path, index=False)
        with pytest.raises(InputError, match="'attr_color_a' is missing"):
            read_photos(path, None, 0)

    @pytest.mark.parametrize("value", [[None] * 6, [1, None, 1, 1, 1, 1]])
    def test_item_without_a_measured_colour(self, tmp_path, value):
        path = write(tmp_path, attr_color_b=value)
        with pytest.raises(InputError, match="item '[ab]' has no number"):
            read_photos(path, None, 0)
