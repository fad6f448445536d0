import dataclasses
import json
import pathlib

import pytest
from tfx.types.standard_artifacts import (
    Examples,
    HyperParameters,
    Model,
    ModelRun,
    TransformGraph,
)

from tfcompat.training.config_files import load_config
from tfx_pipeline import stage_trainer, stage_tuner
from tfx_pipeline.stage_inputs import read_arguments
from tfx_pipeline.trainers.arguments import dump_config

RUN_FN = f"{__name__}.write_run"
CALLS = []


def write_run(args):
    """A trainer that trains nothing."""
    CALLS.append(args)
    pathlib.Path(args.work, "half").touch()
    pathlib.Path(args.model_run_dir).mkdir(parents=True)
    pathlib.Path(args.model_run_dir, "metrics.json").write_text("{}")
    if args.serving_model_dir:
        pathlib.Path(args.serving_model_dir).mkdir(parents=True)


def write_no_model(args):
    pathlib.Path(args.model_run_dir).mkdir(parents=True)
    pathlib.Path(args.model_run_dir, "metrics.json").write_text("{}")


def die(args):
    pathlib.Path(args.work, "half").touch()
    raise RuntimeError("killed")


def artifact(kind, uri):
    made = kind()
    made.uri = str(uri)
    return [made]


@pytest.fixture
def attempt(tmp_path):
    """Function that calls the executor as TFX does, with new outputs."""
    count = iter(range(100))

    def call(run_fn=RUN_FN, inputs=None, **changes):
        folder = tmp_path / str(next(count))
        properties = {
            "stage": "stage_two",
            "run_fn": run_fn,
            "config": dump_config(load_config("psa-net")),
            "work": str(tmp_path / "unfinished"),
            "wardrobe": str(tmp_path),
            "index": "auto",
            **changes,
        }
        outputs = {
            "model": artifact(Model, folder / "model"),
            "model_run": artifact(ModelRun, folder / "run"),
        }
        given = {
            "items": artifact(Examples, "/e/items"),
            "items_graph": artifact(TransformGraph, "/g/items"),
            "encoder": artifact(ModelRun, "/r/encoder"),
            "base_model": [],
            **(inputs or {}),
        }
        stage_trainer.Executor().Do(given, outputs, properties)
        return CALLS[-1]

    return call


class TestExecutor:
    def test_run_fn_is_told_what_tfx_was(self, attempt, tmp_path):
        manifest = {"name": "Shop", "split_seed": 7, "counts": {}}
        (tmp_path / "wardrobe.json").write_text(json.dumps(manifest))
        args = attempt(index="exact")
        assert args.config == load_config("psa-net")
        assert args.examples == {"items": "/e/items"}
        assert args.transform_graphs == {"items": "/g/items"}
        assert args.runs == {"encoder": "/r/encoder"}
        assert args.model_run_dir == str(tmp_path / "0" / "run")
        assert args.serving_model_dir == str(
            tmp_path / "0" / "model" / "Format-Serving"
        )
        assert (args.base_model, args.hyperparameters) == ("", {})
        assert args.index == "exact"
        assert args.manifest == {"name": "Shop", "split_seed": 7}

    def test_best_settings_and_base_model_are_read(self, attempt, tmp_path):
        best = tmp_path / "best"
        best.mkdir()
        content = {"space": [], "values": {"margin": 0.7}}
        (best / "best_hyperparameters.txt").write_text(json.dumps(content))
        args = attempt(
            inputs={
                "hyperparameters": artifact(HyperParameters, best),
                "base_model": artifact(Model, "/m/3"),
            }
        )
        assert args.hyperparameters == {"margin": 0.7}
        assert args.base_model == "/m/3/Format-Serving"

    def test_killed_attempts_work_is_found_again(self, attempt, tmp_path):
        with pytest.raises(RuntimeError, match="killed"):
            attempt(f"{__name__}.die")
        [half] = (tmp_path / "unfinished").rglob("half")
        args = attempt()
        assert args.work == str(half.parent)

    def test_finished_work_is_removed(self, attempt):
        assert not pathlib.Path(attempt().work).exists()

    def test_other_inputs_or_settings_work_elsewhere(self, attempt):
        other = dataclasses.replace(load_config("psa-net"), margin=0.5)
        works = {
            attempt().work,
            attempt(config=dump_config(other)).work,
            attempt(stage="stage_one").work,
            attempt(inputs={"encoder": artifact(ModelRun, "/r/2")}).work,
        }
        assert len(works) == 4

    def test_trainer_that_wrote_no_model_fails(self, attempt):
        with pytest.raises(RuntimeError, match="did not write .*Serving"):
            attempt(f"{__name__}.write_no_model")


class TestTunerExecutor:
    def test_writes_what_tfxs_tuner_writes(self, tmp_path, monkeypatch):
        import keras_tuner

        best = keras_tuner.HyperParameters()
        best.Float("margin", 0.1, 1.0, default=0.3)
        results = [{"trial_id": "0", "score": 0.6, "margin": 0.3}]

        def search(args, trials):
            assert trials == 5
            assert args.model_run_dir == args.serving_model_dir == ""
            return best, results

        monkeypatch.setattr(stage_tuner, "search_settings", search)
        outputs = {
            "best_hyperparameters": artifact(HyperParameters, tmp_path / "b"),
            "tuner_results": artifact(HyperParameters, tmp_path / "r"),
        }
        stage_tuner.Executor().Do(
            {},
            outputs,
            {
                "stage": "tuner",
                "config": dump_config(load_config("psa-net")),
                "work": str(tmp_path / "unfinished"),
                "wardrobe": str(tmp_path),
                "trials": 5,
            },
        )
        found = json.loads((tmp_path / "r/tuner_results.json").read_text())
        assert found == results
        args = read_arguments(
            {"hyperparameters": outputs["best_hyperparameters"]},
            {},
            {
                "stage": "stage_two",
                "config": dump_config(load_config("psa-net")),
                "work": str(tmp_path / "unfinished"),
                "wardrobe": str(tmp_path),
            },
        )
        assert args.hyperparameters == {"margin": 0.3}
