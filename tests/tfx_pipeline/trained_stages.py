"""The stages of a small pipeline, trained without TFX."""

import dataclasses
import functools
import importlib

import pytest

_SETS = ("items", "item_votes", "pair_votes")


class Stages:
    """Trains stages on what Transform made of the shop's wardrobe.

    Args:
        runs: `tests.tfx_pipeline.conftest.Runs`.
        folder: Work folder.
    """

    def __init__(self, runs, folder):
        self._runs = runs
        self._folder = folder
        self._count = 0

    def args(self, name, sets=_SETS, **changes):
        """`TrainArgs` with folders of their own.

        Args:
            name: Of a run config.
            sets: Names of the example sets.
            **changes: Of the run config; and `runs`, `base_model`,
                `hyperparameters`, `work` and so on.
        """
        from tfcompat.training.config_files import load_config
        from tfx_pipeline.trainers.arguments import TrainArgs

        self._count += 1
        folder = self._folder / str(self._count)
        graphs = {
            name: self._runs.output(f"Transform_{name}", "transform_graph")
            for name in sets
        }
        examples = {
            name: self._runs.output(f"Transform_{name}", "transformed_examples")
            for name in sets
        }
        fields = {field.name for field in dataclasses.fields(TrainArgs)}
        own = {key: changes.pop(key) for key in fields & changes.keys()}
        return TrainArgs(
            **{
                "config": dataclasses.replace(load_config(name), **changes),
                "examples": examples,
                "transform_graphs": graphs,
                "work": str(folder / "work"),
                "model_run_dir": str(folder / "run"),
                "serving_model_dir": str(folder / "model" / "Format-Serving"),
                **own,
            }
        )

    @functools.cached_property
    def encoder(self):
        """`TrainArgs` of a garment encoder that is trained."""
        args = self.args("garment-encoder", ("items",), epochs=2, image_size=32)
        _run("garment_encoder", args)
        return args

    @functools.cached_property
    def stage_one(self):
        """The same of Partial Dual."""
        args = self.args(
            "partial-dual",
            ("items", "item_votes"),
            rank=3,
            runs={"encoder": self.encoder.model_run_dir},
        )
        _run("stage_one", args)
        return args

    @property
    def runs(self):
        """Dict from stage to the folder of its run."""
        return {
            "encoder": self.encoder.model_run_dir,
            "stage_one": self.stage_one.model_run_dir,
        }

    def psa_net(self, **changes):
        """`TrainArgs` of a PSA-Net that is not trained yet."""
        return self.args(
            "psa-net",
            **{"epochs": 3, "batch_size": 64, "runs": self.runs, **changes},
        )

    @functools.cached_property
    def stage_two(self):
        """The same of one that is."""
        args = self.psa_net()
        _run("stage_two", args)
        return args


def _run(trainer, args):
    # TensorFlow takes its time; tests that need no stages start without it.
    importlib.import_module(f"tfx_pipeline.trainers.{trainer}").run_fn(args)


@pytest.fixture(scope="session")
def stages(pipeline_runs, tmp_path_factory):
    return Stages(pipeline_runs, tmp_path_factory.mktemp("stages"))
