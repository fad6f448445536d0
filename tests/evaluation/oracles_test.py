import shutil

import numpy as np
import pandas as pd
import pytest

from tfcompat.data.errors import InputError
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.evaluation.oracles import load_world, oracle_metrics
from tfcompat.metrics.ranked_votes import roc_auc


class TestOracleMetrics:
    @pytest.mark.parametrize("kind", ["pair", "item"])
    def test_truth_beats_the_mean_taste(self, wardrobe, kind):
        votes = getattr(wardrobe, f"{kind}_votes")
        reports = oracle_metrics(wardrobe, kind, votes)
        oracle = reports["oracle"]["customer"]["roc_auc"]
        population = reports["population_oracle"]["customer"]["roc_auc"]
        assert 0.7 < oracle < 0.97
        assert population < oracle - 0.05

    def test_no_model_of_the_labels_beats_the_oracle_by_shuffling(
        self, wardrobe
    ):
        votes = wardrobe.pair_votes
        noise = np.random.default_rng(0).random(len(votes))
        by_chance = roc_auc(votes["vote"].to_numpy() > 0, noise)
        oracle = oracle_metrics(wardrobe, "pair", votes)["oracle"]
        assert abs(by_chance - 0.5) < 0.06 < oracle["overall"]["roc_auc"] - 0.5

    def test_a_real_wardrobe_has_none(self, wardrobe_folder, tmp_path):
        real = tmp_path / "real"
        shutil.copytree(wardrobe_folder, real)
        (real / "truth.npz").unlink()
        wardrobe = Wardrobe.load(real)
        assert oracle_metrics(wardrobe, "pair", wardrobe.pair_votes) == {}


class TestLoadWorld:
    @pytest.fixture
    def folder(self, wardrobe_folder, tmp_path):
        return shutil.copytree(wardrobe_folder, tmp_path / "spoilt")

    @staticmethod
    def without_ids(folder):
        """Makes the truth as earlier versions wrote it."""
        with np.load(folder / "truth.npz") as file:
            old = {name: file[name] for name in file if "_id" not in name}
        np.savez(folder / "truth.npz", **old)

    def test_rows_are_those_of_the_wardrobe(self, wardrobe):
        world = load_world(wardrobe)
        items = wardrobe.items
        colours = items[["attr_color_l", "attr_color_a", "attr_color_b"]]
        np.testing.assert_array_equal(world.traits.lab, colours)

    def test_an_item_that_has_left_is_named(self, folder):
        first = Wardrobe.load(folder).items["item_id"][0]
        next(folder.glob(f"images/{first}.*")).unlink()
        wardrobe = Wardrobe.load(folder, skip_bad=True)
        said = f"spoilt: column item_id .*: {first!r} is gone. .*again, or"
        with pytest.raises(InputError, match=said):
            load_world(wardrobe)
        with pytest.raises(InputError, match=said):
            oracle_metrics(wardrobe, "item", wardrobe.item_votes)

    def test_customers_who_are_new_are_named(self, folder):
        with open(folder / "customers.csv", "a", encoding="utf-8") as file:
            file.write("zoe,,,,\nzora,,,,\n")
        with pytest.raises(InputError, match="'zoe' was not there, and 1 more"):
            load_world(Wardrobe.load(folder))

    def test_another_order_is_another_wardrobe(self, folder):
        items = pd.read_csv(folder / "items.csv", dtype=str)
        items[::-1].to_csv(folder / "items.csv", index=False)
        with pytest.raises(InputError, match="item_id .* in another order"):
            load_world(Wardrobe.load(folder))

    def test_truth_without_ids_is_judged_by_the_number_of_rows(self, folder):
        self.without_ids(folder)
        assert load_world(Wardrobe.load(folder)) is not None
        items = pd.read_csv(folder / "items.csv", dtype=str)
        next(folder.glob(items["image"][0])).unlink()
        wardrobe = Wardrobe.load(folder, skip_bad=True)
        with pytest.raises(InputError, match="40 rows were .* there are 39"):
            load_world(wardrobe)

    def test_truth_that_cannot_be_read(self, folder):
        (folder / "truth.npz").write_bytes(b"PK\x03\x04 and no more")
        with pytest.raises(InputError, match="truth.npz: cannot be read"):
            load_world(Wardrobe.load(folder))
