"""The folder that holds all of one training run."""

import csv
import dataclasses
import json
import os
import pathlib

from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_path
from tfcompat.training.saved_precision import save_in_float32
from tfcompat.version import __version__

# Settings that name the folders of other runs, of weights or wardrobes.
_FOLDERS = ("clip", "designer", "encoder", "generator", "stage_one", "worn")


class RunFolder:
    """Reads and writes a run folder.

    Holds `config.json`, `metrics.json`, `history.csv`, `checkpoints/`,
    `tensorboard/` and `model/`. Every file is written under a temporary name
    and renamed, so that a killed run never leaves a half file that looks
    whole; `metrics.json` comes last and marks a finished run.

    Args:
        path: The folder.

    Attributes:
        prepare: Function of a model and this folder, called once before the
            first step of a new run, to start it from other weights; or None.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.prepare = None
        self.checkpoints = self.path / "checkpoints"
        self.tensorboard = self.path / "tensorboard"
        self.model = self.path / "model"

    @classmethod
    def start(cls, path, config, *, resume=False):
        """Makes the folder of a new run, or opens that of a run to go on with.

        Folders that settings name are kept as absolute paths, so that the run
        can be used from anywhere.

        Args:
            path: The folder.
            config: Frozen dataclass of the run's settings.
            resume: Whether to go on with a run that is there.

        Returns:
            The `RunFolder`.

        Raises:
            InputError: If there is a run already and `resume` is false, or it
                was made with other settings.
        """
        run = cls(path)
        settings = _with_folders(describe(config), os.path.abspath)
        if (run.path / "config.json").exists():
            if not resume:
                raise InputError(
                    f"{run.path}: holds a run already; go on with it by "
                    "--resume, or name another folder."
                )
            # What an earlier version kept was as it was typed.
            before = _with_folders(run.read_config(), os.path.realpath)
            settings = _with_folders(settings, os.path.realpath)
            changed = sorted(
                key
                for key in settings.keys() | before.keys()
                if settings.get(key) != before.get(key)
                and key != "tfcompat_version"
            )
            if changed:
                raise InputError(
                    f"{run.path}: cannot resume with other settings; changed: "
                    + ", ".join(
                        f"{key} {before.get(key)!r} -> {settings.get(key)!r}"
                        for key in changed
                    )
                )
        elif run.path.exists() and any(run.path.iterdir()):
            raise InputError(f"{run.path}: is not empty and holds no run.")
        else:
            run.write_json("config.json", settings)
        return run

    @property
    def is_finished(self):
        return (self.path / "metrics.json").exists()

    def require_finished(self):
        """Raises `InputError` if the run is not there or not finished."""
        self.read_config()
        if not self.is_finished:
            raise InputError(
                f"{self.path}: this run is not finished; go on with it by "
                "--resume."
            )

    def read_config(self):
        return self.read_json("config.json")

    def read_json(self, name):
        """Returns what a JSON file of the run holds.

        Raises:
            InputError: If it is missing or unreadable.
        """
        path = self.path / name
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            what = "a run folder" if self.path.is_dir() else "there"
            raise InputError(f"{self.path}: is not {what}: no {name}") from None
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: cannot be read: {error}") from error

    def write_json(self, name, content):
        with atomic_path(self.path / name) as partial:
            partial.write_text(
                json.dumps(content, indent=2) + "\n", encoding="utf-8"
            )

    def write_model(self, model, name="model.keras"):
        """Saves a Keras model into the model folder, to load in float32."""
        with atomic_path(self.model / name) as partial:
            # The ending decides Keras's file format.
            whole = partial.with_suffix(".keras")
            save_in_float32(model, whole)
            whole.rename(partial)

    def read_history(self):
        """Returns the list of dicts of numbers, one an epoch."""
        path = self.path / "history.csv"
        if not path.exists():
            return []
        with path.open(newline="", encoding="utf-8") as file:
            return [
                {name: float(value) for name, value in row.items() if value}
                for row in csv.DictReader(file)
            ]

    def write_history(self, epochs):
        names = list(dict.fromkeys(name for row in epochs for name in row))
        with (
            atomic_path(self.path / "history.csv") as partial,
            partial.open("w", newline="", encoding="utf-8") as file,
        ):
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(epochs)


def _with_folders(settings, rewrite):
    """The same settings with the paths of folders that are there rewritten."""
    return {
        name: rewrite(value)
        # A name on a hub is no folder.
        if name in _FOLDERS and value and os.path.isdir(value)
        else value
        for name, value in settings.items()
    }


def describe(config):
    """Returns a config as a JSON-ready dict, with the version that made it."""
    return {
        "config": type(config).__name__,
        **json.loads(json.dumps(dataclasses.asdict(config))),
        "tfcompat_version": __version__,
    }
