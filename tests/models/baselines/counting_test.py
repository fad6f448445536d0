"""Random and Popularity, which nothing is trained of."""

import numpy as np
import pytest
import tf_keras as keras

from tests.models.matcher_contract import MatcherContract
from tfcompat.models.baselines.popularity import Popularity
from tfcompat.models.baselines.random_scores import RandomScores


class UntrainedContract(MatcherContract):
    """Without weights to train there is nothing to fit."""

    def test_fits_one_batch(self):
        assert not self.make_model().trainable_variables

    test_training_moves_every_weight = test_fits_one_batch
    test_training_is_deterministic_by_seed = test_fits_one_batch

    def test_saved_model_scores_the_same(self, tmp_path):
        inputs, _ = self.make_batch()
        model = self.make_model()
        expected = model(inputs)
        model.save(tmp_path / "model.keras")
        restored = keras.saving.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(restored(inputs), expected)


class TestRandomScores(UntrainedContract):
    def make_model(self):
        return RandomScores(seed=3)

    def test_scores_are_spread_evenly(self):
        rows = np.arange(300, dtype="int32")
        scores = np.asarray(self.make_model().match(rows, rows + 300))
        # 90,000 draws: 30,000 deviate by 141 in each third.
        counts = np.histogram(scores, bins=3, range=(0, 1))[0]
        assert abs(counts - 30_000).max() < 1000
        # No row and no column stands out: 300 draws deviate by .017.
        for axis in (0, 1):
            assert abs(scores.mean(axis=axis) - 0.5).max() < 0.1

    def test_another_seed_is_unrelated(self):
        rows = np.arange(100, dtype="int32")
        first, second = (
            np.asarray(RandomScores(seed).match(rows, rows)).ravel()
            for seed in (0, 1)
        )
        # 10,000 pairs of draws correlate by .01.
        assert abs(np.corrcoef(first, second)[0, 1]) < 0.08


class TestPopularity(UntrainedContract):
    def make_model(self):
        model = Popularity(12)
        model.learn([0, 1, 1, 2, 2], [7, 7, 7, 8, 7])
        return model

    def test_different_queries_are_counted(self):
        model = self.make_model()
        inputs, _ = self.make_batch()
        # 7 goes with 0, 1 and 2, with 1 twice; 8 with 2.
        assert model(inputs)[0].numpy().tolist() == [0, 3, 1, 0, 0, 0]

    def test_unknown_item_is_not_popular(self):
        rows = {"item_rows": np.array([-1, 12, 7])}
        popular = self.make_model().embed_candidate(rows)
        assert popular.numpy().tolist() == [0, 0, 3]

    def test_number_of_items_must_be_positive(self):
        with pytest.raises(ValueError, match="`num_items` must be positive"):
            Popularity(0)
