import json

import numpy as np
import pytest
from PIL import Image

from tfcompat.data.errors import InputError
from tfcompat.data.readers.coco import read_coco


@pytest.fixture
def content(tmp_path):
    """Two photos; a cat that is somewhere and a crowd in the first."""
    for name in ("a.png", "b.png"):
        Image.new("RGB", (40, 20)).save(tmp_path / name)
    return {
        "images": [
            {"id": 7, "file_name": "a.png", "width": 40, "height": 20},
            {"id": 5, "file_name": "b.png", "width": 40, "height": 20},
        ],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 9, "bbox": [4, 5, 20, 10]},
            {"id": 2, "image_id": 7, "category_id": 2, "iscrowd": 1},
        ],
        "categories": [{"id": 2, "name": "dog"}, {"id": 9, "name": "cat"}],
    }


def read(folder, content):
    (folder / "boxes.json").write_text(json.dumps(content))
    return read_coco(folder / "boxes.json")


class TestReadCoco:
    def test_boxes_by_hand(self, tmp_path, content):
        photos = read(tmp_path, content)
        assert photos.names == ("dog", "cat")
        assert [path.name for path in photos.paths] == ["a.png", "b.png"]
        np.testing.assert_allclose(
            photos.boxes[0], [[4 / 40, 5 / 20, 24 / 40, 15 / 20]]
        )
        assert photos.labels[0].tolist() == [1]
        assert photos.boxes[1].shape == (0, 4)
        assert photos.of([1]).paths == photos.paths[1:]

    @pytest.mark.parametrize(
        "change, words",
        [
            (lambda c: c.pop("images"), "'images' is not a list"),
            (lambda c: c["images"].clear(), "'images' is empty"),
            (lambda c: c["images"][0].pop("width"), "has no 'width'"),
            (lambda c: c["images"][1].update(id=7), "7 occurs twice"),
            (lambda c: c["images"][1].update(height=0), "no positive number"),
            (lambda c: c["images"][1].update(file_name="c"), "does not exist"),
            (
                lambda c: c["annotations"][0].update(image_id=1),
                "annotation 1: image_id 1 is not defined",
            ),
            (
                lambda c: c["annotations"][0].update(category_id=0),
                "category_id 0 is not defined",
            ),
            (
                lambda c: c["annotations"][0].update(bbox=[0, 0, 0, 5]),
                "is no box",
            ),
            (
                lambda c: c["annotations"][0].update(bbox=[30, 0, 20, 5]),
                "not within 40 x 20",
            ),
        ],
    )
    def test_what_is_wrong_is_named(self, tmp_path, content, change, words):
        change(content)
        with pytest.raises(InputError, match="boxes.json") as caught:
            read(tmp_path, content)
        assert words in str(caught.value)

    def test_no_json_is_named(self, tmp_path):
        for text, words in (
            ("{", "cannot be read"),
            ("[]", "is not a JSON object"),
            ("version https://git-lfs.github.com/spec/v1", "Git LFS pointer"),
        ):
            (tmp_path / "boxes.json").write_text(text)
            with pytest.raises(InputError, match=words):
                read_coco(tmp_path / "boxes.json")
