import shutil

import numpy as np
import pytest

from tfcompat.data.wardrobe import Wardrobe
from tfcompat.evaluation.oracles import oracle_metrics
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
