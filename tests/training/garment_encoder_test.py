import dataclasses
import shutil

import numpy as np
import pytest
from PIL import Image

from tfcompat.training import garment_encoder
from tfcompat.training.garment_encoder import item_features
from tfcompat.training.run_folder import RunFolder


class LookedAgain(Exception):
    pass


@pytest.fixture
def copied(wardrobe, tmp_path):
    """The wardrobe in another folder, its files of another time."""
    shutil.copytree(
        wardrobe.folder, tmp_path / "copy", copy_function=shutil.copyfile
    )
    return dataclasses.replace(wardrobe, folder=tmp_path / "copy")


@pytest.fixture
def encoder(runs, wardrobe, monkeypatch):
    """A run that has looked at the wardrobe, and fails if it does again."""
    run = RunFolder(runs / "garment-encoder")
    item_features(run, wardrobe)

    def look(path):
        raise LookedAgain

    monkeypatch.setattr(garment_encoder, "load_garment_encoder", look)
    return run


class TestItemFeatures:
    def test_copy_of_the_wardrobe_is_not_looked_at_again(
        self, encoder, wardrobe, copied
    ):
        np.testing.assert_array_equal(
            item_features(encoder, copied), item_features(encoder, wardrobe)
        )

    def test_changed_image_is_looked_at(self, encoder, copied):
        path = copied.image_paths[3]  # The name stays.
        image = Image.open(path).convert("RGB")
        image.putpixel((0, 0), (1, 2, 3))
        image.save(path)
        with pytest.raises(LookedAgain):
            item_features(encoder, copied)

    def test_items_in_another_order_are_other_rows(self, encoder, wardrobe):
        turned = wardrobe.items[::-1].reset_index(drop=True)
        with pytest.raises(LookedAgain):
            item_features(encoder, dataclasses.replace(wardrobe, items=turned))
