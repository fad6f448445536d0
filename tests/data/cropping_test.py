import csv
import dataclasses

import numpy as np
import pytest
from PIL import Image

from tfcompat.data.attribute_changes import AttributeQueries, AttributeTriplets
from tfcompat.data.change_files import AttributeChanges
from tfcompat.data.cropping import Crop, crop_wardrobe
from tfcompat.data.wardrobe import Wardrobe


@pytest.fixture
def photos(tmp_path):
    """A wardrobe of two items that share a photo, and one with its own."""
    folder = tmp_path / "photos"
    (folder / "images").mkdir(parents=True)
    for name in ("both.jpg", "one.png"):
        pixels = np.zeros((50, 100, 3), np.uint8)
        pixels[20:40, 10:60] = (200, 10, 20)
        Image.fromarray(pixels).save(folder / "images" / name)
    (folder / "items.csv").write_text(
        "item_id,image,group,category\n"
        "a,images/both.jpg,top,shirt\n"
        "b,images/both.jpg,bottom,jeans\n"
        "c,images/one.png,top,shirt\n"
    )
    return Wardrobe.load(folder)


class TestCropWardrobe:
    def test_images_are_cut_and_boxes_kept(self, photos, tmp_path):
        box = np.array([0.1, 0.4, 0.6, 0.8])
        crops = [None, Crop(box, 0.9), Crop(box, 0.75)]
        missing = crop_wardrobe(photos, crops, tmp_path / "out", margin=0.0)
        assert missing == ["a"]
        cropped = Wardrobe.load(tmp_path / "out")
        sizes = [Image.open(path).size for path in cropped.image_paths]
        assert sizes == [(100, 50), (50, 20), (50, 20)]
        pixels = np.asarray(Image.open(cropped.image_paths[2]))
        assert (pixels == (200, 10, 20)).all()
        with open(tmp_path / "out" / "crops.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        assert rows[0] == {
            "item_id": "a",
            "image": "images/both.jpg",
            **dict.fromkeys(("left", "top", "right", "bottom"), ""),
            "confidence": "",
        }
        assert [rows[2][side] for side in ("left", "top", "right")] == [
            "10",
            "20",
            "60",
        ]
        assert rows[1]["confidence"] == "0.9000"

    def test_margin_stays_within_the_photo(self, photos, tmp_path):
        # 4 px more on every side of 50 px, but there are none to the left.
        crops = [None, None, Crop(np.array([0.0, 0.4, 0.5, 0.8]), 0.5)]
        crop_wardrobe(photos, crops, tmp_path / "out", margin=0.08)
        image = Wardrobe.load(tmp_path / "out").image_paths[2]
        assert Image.open(image).size == (54, 28)

    @pytest.mark.parametrize(
        "images",
        [
            ["a.png", "a.png", "a-2.png"],
            ["a.png", "a.bmp", "a-2.png"],
            ["a-2.png", "a.png", "a.png"],
        ],
    )
    def test_no_item_gets_anothers_picture(self, photos, tmp_path, images):
        for grey, name in enumerate(set(images)):
            pixels = np.full((8, 8, 3), 50 * grey, np.uint8)
            Image.fromarray(pixels).save(photos.folder / name)
        items = photos.items.assign(image=images)
        several = dataclasses.replace(photos, items=items)
        crop_wardrobe(several, [None] * 3, tmp_path / "out")
        paths = Wardrobe.load(tmp_path / "out").image_paths
        assert len(set(paths)) == 3
        for path, name in zip(paths, images, strict=True):
            np.testing.assert_array_equal(
                Image.open(path), Image.open(photos.folder / name)
            )

    def test_attribute_changes_go_along(self, photos, tmp_path):
        one = np.array([0], np.int32)
        change = np.array([[-1, 1]], np.int8)
        AttributeChanges(
            {"color": ["red", "blue"]},
            AttributeTriplets(one, one + 1, one + 2, change),
            {"test": AttributeQueries(one, change, one[None] + 1, one)},
            {"rule": "by hand"},
        ).save(photos.folder, photos.items["item_id"])
        crop_wardrobe(photos, [None] * 3, tmp_path / "out")
        found = AttributeChanges.load(
            tmp_path / "out", Wardrobe.load(tmp_path / "out").items["item_id"]
        )
        assert found.manifest == {"rule": "by hand"}
        np.testing.assert_array_equal(found.queries["test"].target, [[1]])

    def test_a_photo_on_its_side_is_cut_upright(self, photos, tmp_path):
        path = photos.folder / "images" / "side.jpg"
        pixels = np.zeros((50, 100, 3), np.uint8)
        pixels[:, 50:] = 255  # Turned upright, the white half is below.
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.fromarray(pixels).save(path, exif=exif, quality=95)
        turned = dataclasses.replace(
            photos, items=photos.items.assign(image="images/side.jpg")
        )
        crops = [Crop(np.array([0.0, 0.6, 1.0, 1.0]), 1.0), None, None]
        crop_wardrobe(turned, crops, tmp_path / "out", margin=0.0)
        paths = Wardrobe.load(tmp_path / "out").image_paths
        cut = Image.open(paths[0])
        assert cut.size == (50, 40) and np.asarray(cut).min() > 240
        assert Image.open(paths[1]).size == (50, 100)
