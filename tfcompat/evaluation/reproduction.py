"""Trains the rows of a paper's table and keeps what each one scores."""

import dataclasses
import gc
import json
import logging
import pathlib
import re

import numpy as np
import tf_keras as keras

from tfcompat.data.attribute_tasks import has_attributes
from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_path
from tfcompat.data.progress import progress
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.evaluation.evaluate import evaluate_run
from tfcompat.training.config_files import (
    apply_known,
    config_names,
    load_config,
)
from tfcompat.training.execution import execute

_LOG = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Row:
    """One row of a table.

    Attributes:
        name: What the table calls it.
        config: Name of a run config.
        settings: "name=value" texts that differ from the config.
        section: Heading of the part of the table it stands in.
    """

    name: str
    config: str
    settings: tuple = ()
    section: str = ""


def train_rows(
    rows, stages, wardrobes, out, *, seeds, settings=(), measure=evaluate_run,
    report_name="test.json",
):  # fmt: skip
    """Trains every row on every wardrobe with every seed, and tests it.

    What is finished already is not trained or measured again, so that an
    interrupted reproduction goes on where it stopped. Settings were chosen on
    the validation part; here models learn from training and validation part
    and are measured once on the test part.

    Args:
        rows: List of `Row`.
        stages: Dict from a setting's name, as "encoder", to the config of the
            stage that all rows of one wardrobe and seed share. A stage that
            itself has such a setting is given the earlier ones; one that
            `settings` name, as "encoder=RUN", is that run.
        wardrobes: Folders.
        out: Folder that takes all runs.
        seeds: Number of model seeds.
        settings: "name=value" texts for all rows that know the name, and
            "config.name=value" for rows and stages of one config. A stage
            whose name is set is not trained: the run given is taken.
        measure: Function from a finished run's folder and the `Wardrobe` to
            the report on the test part, a dict.
        report_name: File in a run's folder that keeps what `measure` returns.

    Returns:
        List of dicts: "row", "wardrobe", "seed", "run", its folder, and the
        report.

    Raises:
        InputError: If there is no such setting, or `out` holds runs of other
            settings or of another wardrobe.
    """
    _check_names(
        [*settings, *(text for row in rows for text in row.settings)], stages
    )
    out = pathlib.Path(out)
    jobs = [
        (folder, seed, row)
        for folder in map(pathlib.Path, wardrobes)
        for seed in range(seeds)
        for row in rows
    ]
    loaded = {folder: Wardrobe.load(folder) for folder, *_ in jobs}
    results = []
    for folder, seed, row in progress(jobs, "runs", unit="run"):
        world = out / "runs" / world_name(folder, loaded)
        path = world / f"seed-{seed}" / _slug(row)
        report_path = path / report_name
        # Finished runs come back at once, and refuse other settings.
        shared = _train_stages(stages, loaded[folder], world, seed, settings)
        config = _configure(
            row.config, [*settings, *row.settings], shared, seed
        )
        execute(config, loaded[folder], path, resume=True)
        if report_path.exists():
            report = json.loads(report_path.read_text(encoding="utf-8"))
        else:
            report = measure(path, loaded[folder])
            with atomic_path(report_path) as partial:
                partial.write_text(json.dumps(report), encoding="utf-8")
            # One process trains dozens of models.
            keras.backend.clear_session()
            gc.collect()
        _LOG.info("%s, seed %d, %s: measured", folder.name, seed, row.name)
        results.append(
            {
                "row": row.name,
                "wardrobe": folder.name,
                "seed": seed,
                **report,
                "run": str(path),
            }
        )
    return results


def teach_attributes(wardrobes, settings):
    """Whether rows can build on an encoder that knows attributes.

    Args:
        wardrobes: Folders.
        settings: As `train_rows`.

    Returns:
        bool: whether the settings name an encoder, or all wardrobes have the
        attributes to train one.
    """
    return any(text.startswith("encoder=") for text in settings) or all(
        has_attributes(Wardrobe.load(folder)) for folder in wardrobes
    )


def number(report, name):
    """The number of a dotted name; NaN where a report has none."""
    for key in name.split("."):
        report = report.get(key) if isinstance(report, dict) else None
    return float("nan") if report is None else float(report)


def summarise(results, columns):
    """Means and deviations over wardrobes and seeds.

    Args:
        results: Dicts of "row" and a report each.
        columns: Dotted names.

    Returns:
        Dict from row, in the order of the results, to a dict from column to
        `(mean, deviation)`; without the columns that a row's report lacks.
    """
    table = {}
    for row in dict.fromkeys(result["row"] for result in results):
        reports = [result for result in results if result["row"] == row]
        cells = {
            column: np.array([number(report, column) for report in reports])
            for column in columns
        }
        table[row] = {
            column: (float(values.mean()), float(values.std()))
            for column, values in cells.items()
            if np.isfinite(values).all()
        }
    return table


def oracle_results(results, names):
    """What the oracles reached, as results of rows of their own.

    An oracle knows no model: it is in the report of each that was asked the
    same.

    Args:
        results: As `train_rows` returns them.
        names: Dict from an oracle's key in a report to its row's name, in
            which "{pairs}" stands for the report's entry of that name.

    Returns:
        List of dicts of "row", "wardrobe", "seed" and the oracle's report.
    """
    return [
        {
            "row": name.format(**result),
            "wardrobe": result["wardrobe"],
            "seed": result["seed"],
            **result[key],
        }
        for result in results
        for key, name in names.items()
        if key in result
    ]


def markdown_table(table, columns, names=None):
    """A table of percentages.

    Args:
        table: As `summarise` returns it.
        columns: Dict from dotted name to heading.
        names: Rows to print; None prints all.

    Returns:
        List of lines.
    """
    lines = [
        "| | " + " | ".join(columns.values()) + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for name in names or table:
        cells = (
            f"{100 * table[name][key][0]:.1f} ± {100 * table[name][key][1]:.1f}"
            if key in table[name]
            else "–"
            for key in columns
        )
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def world_name(folder, loaded):
    """The folder's own name, or its path where two share a name."""
    same = [other for other in loaded if other.name == folder.name]
    return folder.name if len(same) == 1 else "-".join(folder.parts[1:])


def _slug(row):
    changes = re.sub("[=,/]", "-", "-".join(row.settings))
    return f"{row.config}-{changes}".rstrip("-")


def _configure(name, settings, shared, seed):
    """A run config with the settings it knows, its stages and its seed."""
    config = with_settings(name, settings)
    known = {field.name for field in dataclasses.fields(config)}
    given = {key: value for key, value in shared.items() if key in known}
    if "stage_one" in known:
        given["stage_one"] = shared.get(config.customers, "")
    if "splits" in known:
        given["splits"] = ("train", "valid")
    return dataclasses.replace(config, seed=seed, **given)


def with_settings(name, settings):
    """A run config with those of some settings that are meant for it.

    Args:
        name: As `load_config`.
        settings: As `train_rows`.

    Returns:
        Frozen dataclass.

    Raises:
        InputError: If a value is wrong, or there is no such config.
    """
    return apply_known(load_config(name), _meant_for(name, settings))


def _meant_for(config, settings):
    """Settings of all configs and of this one, without its name."""
    meant = []
    for text in settings:
        owner, _ = _owner_and_name(text)
        if owner in ("", config):
            meant.append(text.removeprefix(f"{owner}."))
    return meant


def _check_names(settings, stages):
    """Refuses settings that nothing knows: they would change nothing."""
    known = {
        name: {field.name for field in dataclasses.fields(load_config(name))}
        for name in (config_names() if settings else ())
    }
    for text in settings:
        owner, name = _owner_and_name(text)
        if owner and owner not in known:
            raise InputError(f"--set {text}: there is no run config {owner!r}.")
        names = known[owner] if owner else set(stages).union(*known.values())
        if name not in names:
            where = owner or "any run config"
            raise InputError(
                f"--set {text}: there is no setting {name!r} of {where}."
            )


def _owner_and_name(text):
    """The config's name, "" for all, and the setting's of "a.b=value"."""
    owner, _, name = text.partition("=")[0].rpartition(".")
    return owner, name


def _train_stages(stages, wardrobe, world, seed, settings):
    """Trains what the rows share; returns the run folder of each stage."""
    paths = {}
    trained_elsewhere = dict(text.partition("=")[::2] for text in settings)
    for key, name in stages.items():
        if key in trained_elsewhere:
            paths[key] = trained_elsewhere[key]
            continue
        # Looks do not depend on the model's seed: one encoder a wardrobe.
        part = "encoder" if key == "encoder" else f"seed-{seed}/stage-{name}"
        config = _configure(
            name, settings, paths, 0 if key == "encoder" else seed
        )
        execute(config, wardrobe, world / part, resume=True)
        paths[key] = str(world / part)
    return paths
