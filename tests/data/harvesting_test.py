import numpy as np
import pytest
from PIL import Image

from tfcompat.data.errors import InputError
from tfcompat.data.harvesting import (
    harvest_outfits,
    join_wardrobes,
    list_photos,
)
from tfcompat.data.images import ImageStore
from tfcompat.data.outfit_pairs import outfit_pairs
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.training.medal_data import with_worn

TOP, BOTTOM = np.array([0.0, 0.0, 1.0, 0.5]), np.array([0.0, 0.5, 1.0, 1.0])


@pytest.fixture
def photos(tmp_path):
    """Three photos, red above and blue below."""
    for name in ("a.png", "sub/b.png", "c.PNG"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.zeros((40, 20, 3), np.uint8)
        pixels[:20], pixels[20:] = (200, 0, 0), (0, 0, 200)
        Image.fromarray(pixels).save(path)
    return list_photos(tmp_path / "photos")


@pytest.fixture
def worn(photos, tmp_path):
    both = {"top": TOP, "bottom": BOTTOM}
    counts = harvest_outfits(
        photos, [both, {"top": TOP}, both], tmp_path / "worn", margin=0.0
    )
    assert counts == (2, 4, [photos[1]])
    return Wardrobe.load(tmp_path / "worn")


class TestHarvestOutfits:
    def test_each_photo_is_an_outfit_of_its_crops(self, worn):
        assert worn.items["group"].tolist() == ["bottom", "top"] * 2
        assert worn.outfits["outfit_id"].nunique() == 2
        for path, group in zip(
            worn.image_paths, worn.items["group"], strict=True
        ):
            pixels = np.asarray(Image.open(path))
            colour = (200, 0, 0) if group == "top" else (0, 0, 200)
            assert pixels.shape == (20, 20, 3) and (pixels == colour).all()

    def test_nothing_at_all_is_an_error(self, photos, tmp_path):
        with pytest.raises(InputError, match="lower --confidence"):
            harvest_outfits(photos, [{}] * 3, tmp_path / "worn")
        (tmp_path / "empty").mkdir()
        with pytest.raises(InputError, match="holds no photo"):
            list_photos(tmp_path / "empty")


class TestJoinWardrobes:
    def test_own_rows_come_first_and_images_are_found(self, wardrobe, worn):
        both = join_wardrobes(wardrobe, worn)
        count = len(wardrobe.items)
        assert len(both.items) == count + 4
        assert both.splits_hash == wardrobe.splits_hash
        assert both.items["text"][count:].tolist() == [""] * 4
        assert both.items["price"][count:].isna().all()
        assert both.items["attr_color_l"].dtype == np.float64
        images = ImageStore(both.image_paths, 8)
        ours = images.batch([count]).numpy()[0]
        np.testing.assert_allclose(ours[4, 4], [0, 0, 200 / 255], atol=0.01)

    def test_all_harvested_outfits_are_learnt_from(self, wardrobe, worn):
        pairs = outfit_pairs(wardrobe)
        both, joined = with_worn(worn.folder, wardrobe, pairs)
        assert len(joined) == len(pairs) + 4  # Two outfits, both ways.
        tail = joined.query[-4:] - len(wardrobe.items)
        assert sorted(tail) == [0, 1, 2, 3]
        groups = both.item_groups
        assert (groups[joined.query] != groups[joined.candidates[:, 0]]).all()

    def test_kinds_may_be_categories_of_the_wardrobe(
        self, wardrobe, photos, tmp_path
    ):
        both = {"blouse": TOP, "jeans": BOTTOM}
        harvest_outfits(photos, [both] * 3, tmp_path / "worn")
        known = wardrobe.items.groupby("category")["group"].first()
        assert known["blouse"] == "top" and known["jeans"] == "bottom"
        joined, _ = with_worn(
            tmp_path / "worn", wardrobe, outfit_pairs(wardrobe)
        )
        added = joined.items.tail(6)
        assert added["category"].tolist() == ["blouse", "jeans"] * 3
        assert added["group"].tolist() == ["top", "bottom"] * 3
        assert joined.categories == wardrobe.categories

    def test_a_group_that_the_wardrobe_has_not_is_an_error(
        self, wardrobe, photos, tmp_path
    ):
        both = {"top": TOP, "hat": BOTTOM}
        harvest_outfits(photos, [both] * 3, tmp_path / "worn")
        with pytest.raises(InputError, match="group 'hat'"):
            with_worn(tmp_path / "worn", wardrobe, outfit_pairs(wardrobe))
