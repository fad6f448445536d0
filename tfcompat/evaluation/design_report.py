"""Pages about designs: numbers, and pictures to look at."""

import datetime
import pathlib

import jinja2
import numpy as np

from tfcompat.data.design_batches import design_pairs
from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_path
from tfcompat.evaluation.design_pictures import (
    compare_designs,
    design_for_customers,
    draw_grid,
    find_neighbours,
)
from tfcompat.evaluation.design_survey import write_survey
from tfcompat.evaluation.evaluate_designs import evaluate_designer
from tfcompat.evaluation.report_plots import picture_uri
from tfcompat.models.designer import Designer
from tfcompat.training.trained_designer import TrainedDesigner
from tfcompat.version import __version__

COLUMNS = {
    "generation.inception_score": "inception score ↑",
    "generation.opposite_ssim": "opposite SSIM ↑",
    "generation.fid": "FID ↓",
    "generation.kid": "KID ↓",
    "compatibility.beats_random": "beats random item ↑",
    "compatibility.position": "random 0 … liked 1 ↑",
    "taste.colour": "taste: colour ↑",
    "taste.formality": "taste: formality ↑",
}


def write_design_report(
    runs, wardrobe, path, *, split="test", features="", scorer=""
):
    """Writes a self-contained HTML page about runs that design.

    Of two runs or more also a blind survey, as `write_survey` does: the last
    of the paper's designers, or the last run if there is none, beside the
    others. Of `designs.html` these are `designs_survey.html`, for people, and
    `designs_survey_key.json`, for `count_survey`.

    Args:
        runs: Dict from a name to the folder of a finished run; all of one
            task and image size.
        wardrobe: `Wardrobe`.
        path: File to write.
        split: Part of the votes to measure on and to take questions from.
        features: As `evaluate_designer` takes it.
        scorer: As `evaluate_designer` takes it.

    Returns:
        List of `pathlib.Path` of the files, the page first.

    Raises:
        InputError: If the runs are of several tasks or sizes, or cannot be
            measured.
    """
    designers = {
        name: TrainedDesigner(folder, wardrobe) for name, folder in runs.items()
    }
    for setting in ("query_group", "target_group", "image_size"):
        values = {one.config[setting] for one in designers.values()}
        if len(values) > 1:
            raise InputError(
                f"the runs differ in {setting}: "
                f"{', '.join(map(str, sorted(values)))}; report them apart."
            )
    reports = {
        name: evaluate_designer(
            folder, wardrobe, split, features=features, scorer=scorer
        )
        for name, folder in runs.items()
    }
    config = next(iter(designers.values())).config
    pairs = design_pairs(
        wardrobe, config["query_group"], config["target_group"], split
    )
    first = next(iter(reports.values()))
    note = (
        f"{first['count']:,} liked pairs of {split}, which no model has "
        f"learnt from. FID, KID and inception score are by the "
        f"{first['generation']['features']} network's features: compare them "
        "with those of the same network only."
    )
    write_page(
        path,
        title=f"{config['target_group']} designed for {config['query_group']}",
        wardrobe=wardrobe,
        tables=[
            {
                "title": "How good",
                "note": note,
                **tabulate(reports, COLUMNS),
            }
        ],
        pictures=draw_pictures(designers, pairs, wardrobe),
    )
    path = pathlib.Path(path)
    if len(designers) < 2:
        return [path]
    survey = path.with_name(f"{path.stem}_survey.html")
    key = path.with_name(f"{path.stem}_survey_key.json")
    ours = (_personal(designers) or list(designers))[-1]
    write_survey(designers, ours, pairs, survey, key)
    return [path, survey, key]


def draw_pictures(designers, pairs, wardrobe):
    """Fig. 5, and of the first of the paper's designers Fig. 6 and 7.

    Args:
        designers: Dict from name to `TrainedDesigner`, ours last.
        pairs: `DesignPairs` held out.
        wardrobe: `Wardrobe`.

    Returns:
        Dict from a picture's file name to a dict of "title", "note" and
        "picture", a `PIL.Image.Image`.
    """
    names, images = compare_designs(designers, pairs)
    drawn = {
        "comparison": {
            "title": "The same queries",
            "note": "Each column: a query, what each model designs to go with "
            "it, and what the customer truly liked.",
            "picture": draw_grid(images, rows=names),
        }
    }
    if personal := _personal(designers):
        ours = designers[personal[-1]]
        _, images = find_neighbours(ours, pairs)
        drawn["neighbours"] = {
            "title": "Design and retrieve",
            "note": "Query, design, and the five real items most like it, "
            "found by the project's index.",
            "picture": draw_grid(images, columns=["query", "design", *"12345"]),
        }
        names, images = design_for_customers(
            ours, pairs, wardrobe.customers["customer_id"].to_numpy()
        )
        drawn["customers"] = {
            "title": "For whom",
            "note": "The same query for different customers.",
            "picture": draw_grid(images, columns=names),
        }
    return drawn


def tabulate(reports, columns):
    """Cells of a table.

    Args:
        reports: Dict from a row's name to a report of `evaluate_designer`.
        columns: Dict from a dotted key to the column's name.

    Returns:
        Dict of "columns" and "rows"; columns that no report has are left out.
    """
    kept = [
        key
        for key in columns
        if any(_look_up(one, key) is not None for one in reports.values())
    ]
    return {
        "columns": [columns[key] for key in kept],
        "rows": [
            {
                "name": name,
                "cells": [
                    number_text(
                        _look_up(report, key),
                        _look_up(report, f"{key}_deviation"),
                    )
                    for key in kept
                ],
            }
            for name, report in reports.items()
        ],
    }


def write_page(path, *, title, wardrobe, tables, pictures):
    """Writes tables and pictures as one self-contained page.

    Args:
        path: File to write.
        title: Of the page.
        wardrobe: `Wardrobe`.
        tables: List of dicts of "title", "note", "columns" and "rows".
        pictures: Dict as `draw_pictures` returns it; a data URL as "uri" may
            stand for a "picture".
    """
    page = jinja2.Environment(
        loader=jinja2.PackageLoader("tfcompat.evaluation", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    ).get_template("design_report.html")
    html = page.render(
        title=title,
        wardrobe=wardrobe.manifest.get("name", wardrobe.folder.name),
        date=datetime.date.today().isoformat(),
        version=__version__,
        tables=tables,
        pictures=[
            {"uri": shown.get("uri") or picture_uri(shown["picture"]), **shown}
            for shown in pictures.values()
        ],
    )
    with atomic_path(path) as partial:
        partial.write_text(html, encoding="utf-8")


def _personal(designers):
    """Names of those that are the paper's designers, in order."""
    return [
        name
        for name, one in designers.items()
        if isinstance(one.model, Designer)
    ]


def _look_up(report, key):
    for part in key.split("."):
        report = report.get(part)
        if report is None:
            return None
    return report


def number_text(value, deviation=None):
    """A number of a table, with ± if there is a deviation; a str.

    Args:
        value: float, or None for what was not measured.
        deviation: float or None.
    """
    if value is None or not np.isfinite(value):
        return "–"
    text = f"{round(value, 3) + 0.0:.3f}"  # No -0.000.
    return text if deviation is None else f"{text} ± {deviation:.3f}"
