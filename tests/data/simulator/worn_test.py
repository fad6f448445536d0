import json

import numpy as np
import pytest
from PIL import Image

from tests.command import tfcompat_main
from tfcompat.data.readers.coco import read_coco
from tfcompat.data.simulator.drawing import cut_out_garment, draw_garment
from tfcompat.data.simulator.garments import draw_garments
from tfcompat.data.simulator.streams import stream
from tfcompat.data.simulator.worn import PHOTO_SIZE, draw_worn
from tfcompat.data.wardrobe import Wardrobe

SIZES = "--customers 3 --items 8 --votes-per-customer 4 --pairs-per-customer 4"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("worn") / "wardrobe"
    assert tfcompat_main(f"simulate {folder} {SIZES} --worn 6") == 0
    return folder


def square(colour, size):
    piece = Image.new("RGBA", (128, 128))
    low = (128 - size) // 2
    piece.paste((*colour, 255), (low, low, low + size, low + size))
    return piece


class TestDrawWorn:
    def test_boxes_hold_all_of_a_garment(self):
        red, blue = (250, 3, 2), (2, 3, 250)
        for seed in range(10):
            photo, boxes = draw_worn(
                square(red, 90), square(blue, 80), stream(seed, "test")
            )
            pixels = np.asarray(photo).astype(int)
            for name, colour in (("top", red), ("bottom", blue)):
                rows, columns = np.nonzero(
                    (abs(pixels - colour) == 0).all(axis=-1)
                )
                left, top, right, bottom = boxes[name]
                assert left == columns.min() and right == columns.max() + 1
                assert top <= rows.min() and rows.max() < bottom
                assert 0 <= min(boxes[name]) and max(boxes[name]) <= PHOTO_SIZE

    def test_a_cut_out_is_the_drawn_garment_without_its_ground(self):
        garment = draw_garments(2, 0)[0]
        drawn = draw_garment(garment, stream(0, "test"))
        cut = cut_out_garment(garment, stream(0, "test"))
        solid = np.asarray(cut)[..., 3] == 255
        assert 0.1 < solid.mean() < 0.9
        gap = np.asarray(drawn).astype(int) - np.asarray(cut)[..., :3]
        assert abs(gap[solid]).max() <= 2


class TestSimulateWorn:
    def test_photos_come_with_boxes_that_the_reader_takes(self, folder):
        photos = read_coco(folder / "worn.json")
        assert len(photos) == 6 and photos.names == ("top", "bottom")
        assert all(len(boxes) == 2 for boxes in photos.boxes)
        for path, size in zip(photos.paths, photos.sizes, strict=True):
            assert Image.open(path).size == tuple(size)

    def test_who_is_worn_is_named(self, folder):
        known = set(Wardrobe.load(folder).items["item_id"])
        annotations = json.loads((folder / "worn.json").read_text())
        ids = {entry["item_id"] for entry in annotations["annotations"]}
        assert ids <= known and len(ids) > 4

    def test_everything_else_is_as_without(self, folder, tmp_path):
        plain = tmp_path / "plain"
        assert tfcompat_main(f"simulate {plain} {SIZES}") == 0
        for path in sorted(plain.rglob("*.*")):
            other = folder / path.relative_to(plain)
            if path.suffix != ".npz":  # Its zip file holds the time.
                assert path.read_bytes() == other.read_bytes(), path

    def test_items_can_be_shown_on_somebody(self, folder, tmp_path):
        worn = tmp_path / "worn"
        assert tfcompat_main(f"simulate {worn} {SIZES} --worn-items") == 0
        photos = read_coco(worn / "item_boxes.json")
        items = Wardrobe.load(worn).items
        assert [str(p.relative_to(worn)) for p in photos.paths] == items[
            "image"
        ].tolist()
        for name in ("items.csv", "pair_votes.csv", "outfits.csv"):
            assert (worn / name).read_bytes() == (folder / name).read_bytes()

    def test_photos_cannot_be_worn(self, folder, tmp_path, capsys):
        line = f"simulate {tmp_path}/x --images {folder}/items.csv --worn 3"
        assert tfcompat_main(line) == 2
        assert "cannot be drawn as worn" in capsys.readouterr().err
