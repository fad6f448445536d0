import pathlib

import numpy as np
import pytest
from PIL import Image

from tests.command import tfcompat_main
from tfcompat.data.attribute_tasks import make_attribute_changes
from tfcompat.data.errors import InputError
from tfcompat.data.id_splits import item_splits
from tfcompat.data.readers.adde import read_adde
from tfcompat.data.wardrobe import Wardrobe

# Two attributes, of three values and of two.
HOT = ["1 0 0 1 0", "0 1 0 1 0", "0 1 0 0 1", "1 0 0 0 0"]


def write(folder, **files):
    for name, lines in files.items():
        text = "\n".join(lines) + "\n"
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")


@pytest.fixture
def source(tmp_path):
    """Forty training and four test images, in the format of the real one."""
    folder = tmp_path / "shopping"
    (folder / "images" / "top").mkdir(parents=True)
    names = {
        "train": [f"top/a{n}.jpg" for n in range(40)],
        "test": [f"top/b{n}.jpg" for n in range(4)],
    }
    for name in sum(names.values(), []):
        Image.new("RGB", (8, 8)).save(folder / "images" / name)
    triplets = [(n, (n + 1) % 40, (n + 2) % 40) for n in range(0, 40, 4)]
    write(
        folder,
        attr_num=["3 2"],
        imgs_train=names["train"],
        imgs_test=names["test"],
        labels_train=HOT * 10,
        labels_test=HOT,
        triplet_train=[" ".join(map(str, row)) for row in triplets],
        triplet_train_ind=["-1 1 0 0 0"] * len(triplets),
        ref_test=["0", "2"],
        indfull_test=["-1 1 0 0 0", "0 0 0 1 -1"],
        gt_test=[HOT[1], HOT[1]],
    )
    return folder


class TestReadAdde:
    def test_items_and_labels(self, source):
        wardrobe, _ = read_adde(source)
        items = wardrobe.items.tail(4)
        assert items["attr_a01"].tolist() == ["v01", "v02", "v02", "v01"]
        assert items["attr_a02"].tolist() == ["v01", "v01", "v02", ""]
        assert wardrobe.image_paths[0].is_file()
        parts = item_splits(wardrobe)
        assert (parts[40:] == "test").all()
        assert 0 < (parts == "valid").sum() < 12

    def test_queries_are_those_of_the_files(self, source):
        _, changes = read_adde(source)
        test = changes.queries["test"]
        np.testing.assert_array_equal(test.reference, [40, 42])
        np.testing.assert_array_equal(test.target, [[1, 0], [1, 0]])
        np.testing.assert_array_equal(test.change[1], [0, 0, 0, 1, -1])
        np.testing.assert_array_equal(test.gallery, [40, 41, 42, 43])

    def test_no_triplet_has_a_validation_image(self, source):
        wardrobe, changes = read_adde(source)
        parts = item_splits(wardrobe)
        triplets = changes.triplets
        for rows in (triplets.reference, triplets.positive, triplets.negative):
            assert (parts[rows] == "train").all()
        assert changes.manifest["triplets_left_out"] == 10 - len(triplets)

    def test_imported_folder_brings_its_queries(self, source, tmp_path, capsys):
        assert tfcompat_main(f"import adde {source} {tmp_path / 'out'}") == 0
        assert "2 test queries" in capsys.readouterr().out
        wardrobe = Wardrobe.load(tmp_path / "out")
        assert wardrobe.attributes["attr_a01"] == "categorical"
        changes = make_attribute_changes(wardrobe)
        assert changes.manifest["rule"] == "the files of the data set"
        np.testing.assert_array_equal(
            changes.queries["test"].reference, [40, 42]
        )

    @pytest.mark.parametrize(
        ("name", "lines", "message"),
        [
            ("labels_test", HOT[:3], "has 3 lines, but imgs_test.txt 4"),
            ("labels_test", ["1 1 0 0 0", *HOT[1:]], "line 1: has two values"),
            ("labels_test", [*HOT[:3], "1 0 0"], "line 4: has 3 numbers"),
            ("ref_test", ["0", "4"], "line 2: 4 is not from 0 to 3"),
            ("ref_test", ["0", "x"], "line 2: 'x' is not all numbers"),
            ("gt_test", [HOT[1], HOT[0]], "line 2: is not what the image"),
            ("imgs_train", ["gone.jpg"] * 40, "there is no image gone.jpg"),
            ("attr_num", ["three"], "holds no counts"),
        ],
    )
    def test_what_does_not_fit_is_named(self, source, name, lines, message):
        write(source, **{name: lines})
        with pytest.raises(InputError, match=message) as raised:
            read_adde(source)
        assert "txt" in str(raised.value)

    def test_lfs_pointer_is_detected_by_name(self, source):
        write(
            source, gt_test=["version https://git-lfs.github.com/spec/v1", "x"]
        )
        with pytest.raises(InputError, match="gt_test.txt: is a Git-LFS"):
            read_adde(source)

    def test_missing_folder(self, tmp_path):
        with pytest.raises(InputError, match="is not a folder"):
            read_adde(pathlib.Path(tmp_path / "nowhere"))
