"""Runs a training config into a run folder, and the stages it builds on."""

import functools
import logging
import time

from tfcompat.data.errors import InputError
from tfcompat.training.run_folder import RunFolder

_LOG = logging.getLogger(__name__)


@functools.singledispatch
def train_model(config, wardrobe, run):
    """Trains what a config describes; each trainer registers its config.

    Args:
        config: Frozen dataclass of settings.
        wardrobe: `Wardrobe`.
        run: `RunFolder` to fill.

    Returns:
        Dict of numbers for `metrics.json`.
    """
    raise TypeError(f"`config` is no training config, got {config!r}.")


def execute(config, wardrobe, path, *, resume=False, prepare=None):
    """Trains into a run folder; a finished run is left as it is.

    Args:
        config: Frozen dataclass of settings.
        wardrobe: `Wardrobe`.
        path: The run folder.
        resume: Whether to go on with a run that is there.
        prepare: Optional function of the built model and its `RunFolder`,
            called before the first step of a new run, to start it from other
            weights.

    Returns:
        The finished `RunFolder`.

    Raises:
        InputError: If the folder holds another run, or one on another
            wardrobe, or the wardrobe lacks what the model learns from.
    """
    run = RunFolder.start(path, config, resume=resume)
    run.prepare = prepare
    # Not in config.json: a run goes on, wherever its wardrobe is now.
    summary = wardrobe.summary
    data = {
        "wardrobe": str(wardrobe.folder.absolute()),
        "splits_hash": summary["splits"]["hash"],
        "counts": summary["counts"],
    }
    _check_data(run, data)
    if run.is_finished:
        _LOG.debug("%s: is finished already", run.path)
        return run
    run.write_json("data.json", data)
    started = time.monotonic()
    metrics = train_model(config, wardrobe, run)
    seconds = time.monotonic() - started
    run.write_json(
        "metrics.json", {**metrics, "training_seconds": round(seconds, 2)}
    )
    _LOG.info("%s: trained in %.0f s", run.path, seconds)
    return run


def _check_data(run, data):
    """Refuses to go on with a run on other rows or other splits."""
    if not (run.path / "data.json").exists():
        return
    before = run.read_json("data.json")
    old, new = (
        {**about["counts"], "splits_hash": about["splits_hash"]}
        for about in (before, data)
    )
    changed = [
        f"{name} {old.get(name)} -> {new.get(name)}"
        for name in {**old, **new}
        if old.get(name) != new.get(name)
    ]
    if changed:
        raise InputError(
            f"{run.path}: was trained on {before['wardrobe']} and cannot go "
            f"on with another wardrobe, {data['wardrobe']}; changed: "
            f"{', '.join(changed)}. Name another run folder."
        )


def stage(run, name, path, config, wardrobe):
    """Returns the run that another one builds on, training it if need be.

    Args:
        run: `RunFolder` of the run that builds on it.
        name: Folder of the stage inside `run`, when it is trained here.
        path: Folder of a finished run to use instead; "" to train here.
        config: Settings for training here.
        wardrobe: `Wardrobe`.

    Returns:
        Finished `RunFolder`.

    Raises:
        InputError: If `path` is no finished run of the config's kind.
    """
    if not path:
        return execute(config, wardrobe, run.path / name, resume=True)
    given = RunFolder(path)
    kind = given.read_config().get("config")
    if kind != type(config).__name__:
        raise InputError(
            f"{path}: is a run of {kind}, but {name} needs one of "
            f"{type(config).__name__}."
        )
    given.require_finished()
    return given
