"""Training runs that outlive the process, in a pipeline's folders."""

import hashlib
import os
import pathlib
import shutil
import tempfile

import tensorflow as tf

from tfcompat.training.execution import execute
from tfcompat.training.run_folder import RunFolder
from tfx_pipeline.remote_paths import is_remote
from tfx_pipeline.strategy import choose_strategy, is_chief


def train(args, config, wardrobe, prepare=None):
    """Trains, or goes on where a killed attempt stopped.

    Args:
        args: `TrainArgs`.
        config: The run config, all settings settled.
        wardrobe: `Wardrobe`.
        prepare: As `tfcompat.training.execution.execute` takes it.

    Returns:
        `RunFolder` of the finished run, in `args.model_run_dir` where that is
        a local folder; None in a worker that is not the chief, whose part
        ends here.
    """
    folder = pathlib.Path(args.work) / "run"
    if not is_chief():
        with tempfile.TemporaryDirectory(prefix="tfcompat-worker-") as own:
            if folder.exists():  # Workers go on together.
                copy_folder(folder, own)
            _execute(config, wardrobe, own, prepare)
        return None
    if not (folder / "config.json").exists():
        shutil.rmtree(folder, ignore_errors=True)  # Killed at its first step.
    run = _execute(config, wardrobe, folder, prepare)
    copy_folder(folder, args.model_run_dir)
    return (
        run if is_remote(args.model_run_dir) else RunFolder(args.model_run_dir)
    )


def _execute(config, wardrobe, folder, prepare):
    with choose_strategy().scope():
        return execute(config, wardrobe, folder, resume=True, prepare=prepare)


def fetch_folder(folder, work):
    """A folder that may be reached by URL, as a local one.

    Args:
        folder: Where it is.
        work: Local folder for a copy, if need be.

    Returns:
        `pathlib.Path`.
    """
    if not is_remote(folder):
        return pathlib.Path(folder)
    # Runs of two stages may differ in an earlier part of their URL alone.
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    path = pathlib.Path(work) / "fetched" / name
    if not path.exists():
        partial = path.with_name(f"{name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        copy_folder(folder, partial)
        partial.rename(path)
    return path


def copy_folder(source, target):
    """Copies a folder, on any file system that TensorFlow knows.

    Args:
        source: The folder. Hidden files, which killed writers leave half
            written, stay behind.
        target: Where to; files that are there already are replaced.
    """
    source, target = os.fspath(source), os.fspath(target)
    for folder, _, names in tf.io.gfile.walk(source):
        relative = os.path.relpath(folder, source)
        into = target if relative == "." else os.path.join(target, relative)
        tf.io.gfile.makedirs(into)
        for name in names:
            if not name.startswith("."):
                path = os.path.join(folder, name)
                tf.io.gfile.copy(path, os.path.join(into, name), overwrite=True)
