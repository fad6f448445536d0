import dataclasses
import pathlib

import pytest

from tfcompat.data.errors import InputError
from tfcompat.training.config_files import load_config
from tfcompat.training.run_folder import RunFolder
from tfx_pipeline import tuner
from tfx_pipeline.tuner import OBJECTIVE, search_settings, search_space

SETTINGS = {"learning_rate", "margin", "num_subspaces"}


class TestSearchSpace:
    def test_is_around_the_configs_settings(self):
        config = dataclasses.replace(load_config("psa-net"), margin=0.8)
        space = search_space(config)
        assert {hp.name for hp in space.space} == SETTINGS
        assert space.values == {
            "learning_rate": 0.004,
            "num_subspaces": 3,
            "margin": 0.8,
        }

    def test_has_no_margin_where_the_config_has_none(self):
        space = search_space(load_config("joint"))
        assert "margin" not in space.values


class TestSearch:
    @pytest.fixture(scope="class")
    def args(self, stages):
        return stages.psa_net(epochs=6)

    @pytest.fixture(scope="class")
    def found(self, args):
        return search_settings(args, 2)

    def test_best_trial_comes_first(self, found):
        best, results = found
        assert len(results) == 2
        assert results[0]["score"] >= results[1]["score"]
        assert best.values == {name: results[0][name] for name in SETTINGS}

    def test_the_given_settings_are_tried_first(self, found):
        _, results = found
        [first] = [one for one in results if one["trial_id"] == "0"]
        assert {name: first[name] for name in SETTINGS} == {
            "learning_rate": 0.004,
            "num_subspaces": 3,
            "margin": 1.0,
        }

    def test_trials_are_short_and_judged_by_validation_votes(self, args, found):
        _, results = found
        for result in results:
            trial = RunFolder(
                pathlib.Path(args.work) / "trials" / result["trial_id"]
            )
            history = trial.read_history()
            assert len(history) == 2
            assert history[-1][OBJECTIVE] == result["score"]

    def test_search_goes_on_where_it_stopped(self, args, found, capsys):
        capsys.readouterr()
        trials = pathlib.Path(args.work) / "trials"
        before = (trials / "0" / "metrics.json").stat().st_mtime_ns
        _, results = search_settings(args, 3)
        assert len(results) == 3
        assert (trials / "0" / "metrics.json").stat().st_mtime_ns == before
        assert capsys.readouterr().out == ""


class TestRefused:
    def test_search_without_validation_votes(self, stages):
        args = stages.psa_net(splits=("train", "valid"))
        with pytest.raises(InputError, match="learns from train, valid"):
            search_settings(args, 2)

    def test_search_whose_objective_is_undefined(self, wardrobe, monkeypatch):
        votes = wardrobe.pair_votes
        liked = votes["vote"].mask(votes["split"] == "valid", 1)
        same = dataclasses.replace(
            wardrobe, pair_votes=votes.assign(vote=liked)
        )
        monkeypatch.setattr(
            tuner, "settle", lambda args: (load_config("joint"), same)
        )
        with pytest.raises(InputError, match=f"{OBJECTIVE}, .*undefined"):
            search_settings(None, 2)

    def test_search_of_which_nothing_comes(self, stages):
        # The loss is not finite in the first epoch.
        args = stages.psa_net(learning_rate=1e38)
        with pytest.raises(
            InputError, match="No trial .*: .* not finite in epoch 1"
        ):
            search_settings(args, 1)

    def test_search_by_several_workers(self, stages, monkeypatch):
        monkeypatch.setenv(
            "TF_CONFIG",
            '{"cluster": {"worker": ["a:1", "b:1"]},'
            ' "task": {"type": "worker", "index": 0}}',
        )
        with pytest.raises(InputError, match="on one machine"):
            search_settings(stages.psa_net(), 2)
