import numpy as np
import pytest
from PIL import Image

from tests.command import tfcompat_main
from tfcompat.data.boxed_photos import padded_boxes
from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.data.readers.coco import read_coco
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.training import trained_detector
from tfcompat.training.detected_crops import detect_items
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.trained_detector import FoundGarments, TrainedDetector


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("detector")
    assert (
        tfcompat_main(
            f"simulate {folder}/wardrobe --customers 2 --items 6"
            " --votes-per-customer 2 --pairs-per-customer 2 --worn 20"
        )
        == 0
    )
    assert (
        tfcompat_main(
            f"train garment-detector --data {folder}/wardrobe --out"
            f" {folder}/run --set image_size=64 --set width=4 --set epochs=2"
            " --set batch_size=6 --set learning_rate=0.01"
        )
        == 0
    )
    return folder


@pytest.fixture(scope="module")
def detector(folder):
    return TrainedDetector(folder / "run")


class TestTraining:
    def test_loss_falls_and_map_is_there(self, folder):
        run = RunFolder(folder / "run")
        first, last = run.read_history()
        assert last["loss"] < 0.9 * first["loss"]
        metrics = run.read_json("metrics.json")
        assert metrics["photos"] + metrics["held_out_photos"] == 20
        assert 0 <= metrics["map"] <= metrics["map_50"] <= 1

    def test_a_wardrobe_without_boxes_is_refused(self, wardrobe, tmp_path):
        line = f"train garment-detector --data {wardrobe.folder}"
        assert tfcompat_main(f"{line} --out {tmp_path}/run") == 2


class TestTrainedDetector:
    def test_boxes_are_in_the_photo_and_best_first(self, folder, detector):
        photos = read_coco(folder / "wardrobe" / "worn.json").of([0, 1, 2])
        images = ImageStore(photos.paths, detector.image_size)
        found = detector.find(images, photos.sizes)
        assert len(found) == 3
        for garments in found:
            assert garments.boxes.shape == (len(garments.kinds), 4)
            assert ((garments.boxes >= 0) & (garments.boxes <= 1)).all()
            assert (np.diff(garments.confidences) <= 0).all()
            assert set(garments.kinds) <= {"top", "bottom"}

    def test_truth_as_prediction_has_a_map_of_one(
        self, folder, detector, monkeypatch
    ):
        photos = read_coco(folder / "wardrobe" / "worn.json").of(range(8))
        truth = padded_boxes(photos, detector.image_size)
        monkeypatch.setattr(
            detector,
            "_predict",
            lambda images: {
                **truth,
                "confidence": np.full((8, 2), 0.9, "float32"),
                "num_detections": np.full(8, 2),
            },
        )
        scores = detector.mean_average_precision(photos)
        assert scores["map"] == pytest.approx(1.0, abs=1e-3)

    def test_best_of_a_kind(self):
        found = FoundGarments(
            np.zeros((3, 4)), ["top", "bottom", "bottom"], np.ones(3)
        )
        assert found.best("bottom") == 1
        assert found.best("shoes") is None

    def test_another_run_is_refused(self, runs):
        with pytest.raises(InputError, match="which finds no garments"):
            TrainedDetector(runs / "stynet")


class _Fake:
    """Finds a top of confidence .6 and a surer bottom in every photo."""

    image_size = 32

    def __init__(self, kinds=("top", "bottom")):
        self.kinds = list(kinds)

    def find(self, images, sizes):
        assert len(images) == len(sizes)
        boxes = np.array([[0, 0.5, 1, 1], [0.2, 0, 0.7, 0.5]])
        garments = FoundGarments(boxes, ["bottom", "top"], np.array([0.9, 0.6]))
        return [garments] * len(images)


class TestDetectItems:
    def test_each_item_gets_the_surest_box_of_its_group(self, wardrobe):
        crops = detect_items(_Fake(), wardrobe, confidence=0.5)
        tops = wardrobe.items["group"] == "top"
        for crop, is_top in zip(crops, tops, strict=True):
            assert crop.confidence == (0.6 if is_top else 0.9)
            assert crop.box[1] == (0.0 if is_top else 0.5)

    def test_what_is_not_sure_enough_is_not_found(self, wardrobe):
        crops = detect_items(_Fake(), wardrobe, confidence=0.7)
        tops = (wardrobe.items["group"] == "top").tolist()
        assert [crop is None for crop in crops] == tops

    def test_a_detector_of_something_else_is_refused(self, wardrobe):
        with pytest.raises(InputError, match="the detector finds cars"):
            detect_items(_Fake(["cars"]), wardrobe)


class TestCropCommand:
    def test_what_was_not_found_is_listed(
        self, wardrobe_folder, tmp_path, capsys, monkeypatch
    ):
        monkeypatch.setattr(
            trained_detector, "TrainedDetector", lambda run: _Fake()
        )
        line = f"crop {wardrobe_folder} --detector run --out {tmp_path}/out"
        assert tfcompat_main(f"{line} --confidence 0.7") == 0
        text = capsys.readouterr().out
        assert "20 of 40 images cropped" in text
        assert "top-0001, top-0002" in text and "and 10 more" in text
        before = Wardrobe.load(wardrobe_folder)
        cropped = Wardrobe.load(tmp_path / "out")
        assert cropped.splits_hash == before.splits_hash
        tops = cropped.items["group"] == "top"
        for path, is_top in zip(cropped.image_paths, tops, strict=True):
            # The lower half of a square, with a margin of 4 %.
            size = (128, 128) if is_top else (128, 70)
            assert Image.open(path).size == size

    def test_a_wrong_confidence_is_refused(self, wardrobe_folder, tmp_path):
        line = f"crop {wardrobe_folder} --detector run --out {tmp_path}/out"
        assert tfcompat_main(f"{line} --confidence 2") == 2
