import logging
import os
import pathlib

import pytest
from PIL import Image

from tfcompat.data.errors import InputError
from tfcompat.data.readers.clothing import GROUPS, UNUSABLE, read_clothing
from tfcompat.data.wardrobe import Wardrobe

ROWS = """image,sender_id,label,kids
aa-1,322,T-Shirt,False
aa-2,48,Pants,True
aa-3,48,Not sure,False
aa-4,322,Shoes,False
aa-5,7,Skip,False
"""

# Beginnings of the names of photos that were looked at.
SEEN = {
    "0090ca2c": "yellow",
    "0098b1c0": "white",  # On red.
    "002eb5b8": "pink",
    "0142c777": "blue",
    "01612828": "brown",
    "028223d5": "beige",
    "039efa01": "black",  # On white.
    "0433a5db": "purple",
}


@pytest.fixture
def source(tmp_path):
    """A data set of five photos in the format of the real one."""
    folder = tmp_path / "clothing"
    (folder / "images").mkdir(parents=True)
    (folder / "items.csv").write_text(ROWS)
    colours = ["red", "midnightblue", "green", "black", "white"]
    for at, colour in enumerate(colours, start=1):
        image = Image.new("RGB", (40, 40), colour)
        image.save(folder / "images" / f"aa-{at}.jpg")
    return folder


class TestReadClothing:
    def test_labels_become_groups_and_categories(self, source):
        items = read_clothing(source).items
        assert items["item_id"].tolist() == ["aa-1", "aa-2", "aa-4"]
        assert items["group"].tolist() == ["top", "bottom", "shoes"]
        assert items["category"].tolist() == ["t-shirt", "pants", "shoes"]
        assert items["attr_kids"].tolist() == ["no", "yes", "no"]

    def test_colours_are_measured(self, source):
        wardrobe = read_clothing(source)
        assert wardrobe.items["attr_color"].tolist() == ["red", "navy", "black"]
        # CIELAB of pure red is 53.2, 80.1, 67.2; JPEG shifts it a little.
        red = wardrobe.items.loc[0, ["attr_color_l", "attr_color_a"]]
        assert red.tolist() == pytest.approx([53.2, 80.1], abs=1.0)
        kinds = wardrobe.attributes
        assert kinds["attr_color"] == "categorical"
        assert kinds["attr_color_b"] == "numeric"
        assert kinds["attr_pattern_strength"] == "numeric"

    def test_senders_own_what_they_sent(self, source):
        wardrobe = read_clothing(source)
        # The sender of nothing but a skipped photo is no customer.
        assert wardrobe.customers["customer_id"].tolist() == ["322", "48"]
        assert wardrobe.item_votes["customer"].tolist() == [0, 1, 0]
        assert wardrobe.item_votes["vote"].tolist() == [1, 1, 1]

    def test_what_is_left_out_is_counted(self, source, caplog):
        (source / "images" / "aa-4.jpg").unlink()
        noise = Image.effect_noise((90, 90), 80)
        noise.save(source / "images" / "aa-2.jpg")
        path = source / "images" / "aa-2.jpg"
        path.write_bytes(path.read_bytes()[:2000])
        with caplog.at_level(logging.WARNING):
            wardrobe = read_clothing(source)
        left_out = wardrobe.manifest["left_out"]
        assert left_out["label 'Not sure'"] == left_out["label 'Skip'"] == 1
        assert left_out["image does not exist"] == 1
        assert sum(left_out.values()) == 4 and len(wardrobe.items) == 1
        assert "aa-2.jpg: left out: is corrupt (" in caplog.text
        assert "aa-4.jpg: left out: does not exist" in caplog.text

    def test_saved_and_loaded(self, source, tmp_path):
        read_clothing(source).save(tmp_path / "out")
        wardrobe = Wardrobe.load(tmp_path / "out")
        assert len(wardrobe.items) == len(wardrobe.item_votes) == 3
        assert wardrobe.manifest["licence"] == "CC0-1.0"
        assert all(path.exists() for path in wardrobe.image_paths)

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("Pants", "Trousers", "line 3, column label: 'Trousers' is not"),
            ("aa-2", "../aa", "line 3, column image: '../aa' is not under"),
            ("aa-2", "aa-1", "line 3, column image: 'aa-1' is there twice"),
            ("True", "maybe", "line 3, column kids: 'maybe' is not under"),
            ("48,Pants", ",Pants", "line 3, column sender_id: '' is not"),
            ("48,Pants,True", "48", "1 rows have too few or too many"),
            ("sender_id", "sender", "line 1: column 'sender_id' is missing"),
        ],
    )
    def test_bad_rows_are_named(self, old, new, message, source):
        (source / "items.csv").write_text(ROWS.replace(old, new, 1))
        with pytest.raises(InputError, match=message):
            read_clothing(source)

    def test_missing_folder_and_table(self, source):
        with pytest.raises(InputError, match="nowhere: is not a folder"):
            read_clothing(source / "nowhere")
        (source / "items.csv").unlink()
        with pytest.raises(InputError, match="items.csv: cannot be read: No"):
            read_clothing(source)


def real_folder():
    beside = (
        pathlib.Path(__file__).resolve().parents[4] / "shared/data/clothing"
    )
    return pathlib.Path(os.environ.get("TFCOMPAT_CLOTHING", beside))


@pytest.mark.skipif(
    not real_folder().is_dir(),
    reason=f"the clothing data set is not at {real_folder()}; set "
    "TFCOMPAT_CLOTHING to its folder",
)
class TestRealPhotos:
    @pytest.fixture(scope="class")
    def wardrobe(self):
        return read_clothing(real_folder(), limit=150)

    def test_nothing_vanishes(self, wardrobe):
        left_out = sum(wardrobe.manifest["left_out"].values())
        assert len(wardrobe.items) + left_out == 150
        assert set(wardrobe.groups) <= set(GROUPS.values())
        assert not set(wardrobe.categories) & {
            label.lower() for label in UNUSABLE
        }

    def test_colours_vary_and_are_in_range(self, wardrobe):
        items = wardrobe.items
        assert items["attr_color"].nunique() >= 8
        assert items["attr_color"].value_counts(normalize=True)[0] < 0.45
        assert items["attr_color_l"].between(0, 100).all()

    def test_photos_whose_colour_is_plain_to_see(self, wardrobe):
        beginnings = wardrobe.items["item_id"].str[:8]
        names = wardrobe.items["attr_color"].set_axis(beginnings)
        for item, name in SEEN.items():
            assert names[item] == name, item
