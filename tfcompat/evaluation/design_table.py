"""Tables 2 and 3 of the personalised designer, with pictures and a survey."""

import json
import pathlib

import numpy as np
import pandas as pd

from tfcompat.data.design_batches import design_pairs
from tfcompat.data.files import atomic_path
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.evaluation.design_judges import train_judges
from tfcompat.evaluation.design_report import (
    COLUMNS,
    draw_pictures,
    tabulate,
    write_page,
)
from tfcompat.evaluation.design_survey import write_survey
from tfcompat.evaluation.reproduction import Row, train_rows
from tfcompat.training.trained_designer import TrainedDesigner

OURS = "Ours (full)"
_NEW = "Ours (full), new customers learnt afterwards"
_BASELINES, _ABLATIONS = "Baselines", "Ablation study"
STAGES = {"encoder": "garment-encoder"}
TASKS = (("top", "bottom"), ("bottom", "top"))
# 97 of 797, section 4.5.
_NEW_SHARE = 97 / 797


def design_rows(task, size, new_customers, settings=()):
    """The rows of both tables for one task.

    Args:
        task: Tuple of the queries' and the designs' group.
        size: "paper", or "small" for a quarter of the width.
        new_customers: How many customers Table 3 leaves out of training.
        settings: "name=value" texts for all rows that know the name.

    Returns:
        List of `Row`.
    """
    ending = "-small" if size == "small" else ""
    common = (
        f"query_group={task[0]}",
        f"target_group={task[1]}",
        *settings,
    )
    return [
        Row(name, config + ending, (*common, *own), section)
        for name, config, own, section in (
            ("Pix2pix", "pix2pix", (), _BASELINES),
            ("DiscoGAN", "discogan", (), _BASELINES),
            ("Pixel-level transfer", "domain-transfer", (), _BASELINES),
            ("MrCGAN", "mrcgan", (), _BASELINES),
            (
                "Ours (discrete customer label)",
                "designer",
                ("conditioning=label",),
                _ABLATIONS,
            ),
            (
                "Ours (no customer vector)",
                "designer",
                ("conditioning=nothing",),
                _ABLATIONS,
            ),
            (
                "Ours (without eq. 11)",
                "designer",
                ("guidance_weight=0",),
                _ABLATIONS,
            ),
            (OURS, "designer", (), _ABLATIONS),
            (
                _NEW,
                "designer",
                (f"customers_left_out={new_customers}",),
                "Table 3",
            ),
        )
    ]


def reproduce_designer(
    wardrobes, out, *, seeds=1, settings=(), size="small", tasks=TASKS,
    most=2000,
):  # fmt: skip
    """Trains, tests and writes both tables, pictures and a blind survey.

    Every model learns from the same liked pairs. They are measured on others,
    by two judges that no designer has seen: a garment encoder of another
    seed, and a joint subspace net on top of it.

    Args:
        wardrobes: Folders.
        out: Folder for runs, `table.md`, `table.json`, and a folder for each
            task with `report.html`, `survey.html`, `survey_key.json` and
            pictures.
        seeds: Number of model seeds.
        settings: "name=value" texts for all designers that know the name; the
            garment encoder that they share and the judges keep their own.
        size: "small" or "paper".
        tasks: Tuples of the queries' and the designs' group.
        most: Most designs that each run is measured on.

    Returns:
        Path of `table.md`.
    """
    out = pathlib.Path(out)
    loaded = [Wardrobe.load(folder) for folder in wardrobes]
    fewest = min(len(wardrobe.customers) for wardrobe in loaded)
    new_customers = max(1, round(_NEW_SHARE * fewest))
    tables = {}
    for task in tasks:
        rows = design_rows(task, size, new_customers, settings)
        results = train_rows(
            rows,
            STAGES,
            wardrobes,
            out,
            seeds=seeds,
            measure=_measure(new_customers, most),
        )
        tables["-to-".join(task)] = results
        _show(rows, results, loaded[0], out, task)
    with atomic_path(out / "table.json") as partial:
        partial.write_text(json.dumps(tables, indent=1) + "\n", "utf-8")
    with atomic_path(out / "table.md") as partial:
        partial.write_text(_markdown(tables, loaded, seeds, size), "utf-8")
    return out / "table.md"


def _measure(new_customers, most):
    """What measures a finished run, for `train_rows`."""

    def measure(path, wardrobe):
        judges = train_judges(path.parents[1], wardrobe)
        known = len(wardrobe.customers) - new_customers
        designer = TrainedDesigner(path, wardrobe)
        report, scores = judges.measure(designer, "test", most=most)
        np.save(path / "test_scores.npy", scores["designed"])
        if "customers_left_out" in designer.config:
            report["new_customers"], _ = judges.measure(
                designer,
                "test",
                most=most,
                customers=np.arange(known, len(wardrobe.customers)),
            )
        report["real"] = judges.measure_real(designer, "test", most=most)
        return report

    return measure


def _show(rows, results, wardrobe, out, task):
    """Pictures, page and survey of the first wardrobe and seed."""
    first = [
        one
        for one in results
        if one["seed"] == 0 and one["wardrobe"] == wardrobe.folder.name
    ]
    paths = {one["row"]: pathlib.Path(one["run"]) for one in first}
    shown = {
        row.name: TrainedDesigner(paths[row.name], wardrobe)
        for row in rows
        if row.name != _NEW
    }
    pairs = design_pairs(wardrobe, *task, "test")
    folder = out / "-to-".join(task)
    pictures = draw_pictures(shown, pairs, wardrobe)
    for name, picture in pictures.items():
        with atomic_path(folder / f"{name}.png") as partial:
            picture["picture"].save(partial, "PNG", optimize=True)
    write_survey(
        shown, OURS, pairs, folder / "survey.html", folder / "survey_key.json"
    )
    write_page(
        folder / "report.html",
        title=f"{task[1]} designed for {task[0]}",
        wardrobe=wardrobe,
        tables=[
            {
                "title": "Table 2",
                "note": f"{first[0]['count']:,} designs for liked pairs that "
                "no model has learnt from; first seed.",
                **tabulate(
                    {one["row"]: one for one in first if one["row"] != _NEW},
                    COLUMNS,
                ),
            }
        ],
        pictures=pictures,
    )


def _markdown(tables, wardrobes, seeds, size):
    names = ", ".join(wardrobe.folder.name for wardrobe in wardrobes)
    lines = [f"Test part of {names}; {size} size; {seeds} model seed(s)."]
    for task, results in tables.items():
        lines += ["", f"## {task}", "", *_table_2(results), ""]
        lines += [*_table_3(results), "", *_preferences(results)]
    return "\n".join(lines) + "\n"


def _table_2(results):
    reports = {"Real": [one["real"] for one in results]}
    for one in results:
        if one["row"] != _NEW:
            reports.setdefault(one["row"], []).append(one)
    count, network = (
        results[0]["count"],
        results[0]["generation"]["features"],
    )
    return [
        f"Table 2: {count:,} designs a run, {network} features; ± between "
        "parts of the designs, as published.",
        "",
        *_lines(reports, COLUMNS),
    ]


def _table_3(results):
    reports = {}
    for row, name in ((OURS, "Original setting"), (_NEW, "New setting")):
        parts = [one for one in results if one["row"] == row]
        reports[name] = [one["new_customers"] for one in parts]
    seconds = np.mean(
        [
            _last(one["run"], "milliseconds_per_new_customer")
            for one in results
            if one["row"] == _NEW
        ]
    )
    return [
        f"Table 3: designs for new customers, learnt in {seconds:.1f} ms each.",
        "",
        *_lines(reports, COLUMNS),
    ]


def _preferences(results):
    """Fig. 4, with a scorer in the place of people."""
    scores = {}
    for one in results:
        path = pathlib.Path(one["run"]) / "test_scores.npy"
        scores.setdefault(one["row"], []).append(np.load(path))
    lines = [
        "Share of queries on which the scorer prefers the full model's design "
        "to another's: an estimate in place of Fig. 4's survey, by a model "
        "and no person.",
        "",
        "| against | preferred |",
        "|---|---|",
    ]
    for name, theirs in scores.items():
        if name not in (OURS, _NEW):
            ours, theirs = (
                np.concatenate(part) for part in (scores[OURS], theirs)
            )
            lines.append(f"| {name} | {100 * np.mean(ours > theirs):.0f} % |")
    return lines


def _lines(reports, columns):
    """A markdown table of means over runs."""
    numbers = {
        name: pd.json_normalize(parts).mean(numeric_only=True)
        for name, parts in reports.items()
    }
    kept = [
        key
        for key in columns
        if any(key in row.index for row in numbers.values())
    ]
    lines = [
        "| | " + " | ".join(columns[key] for key in kept) + " |",
        "|---" * (len(kept) + 1) + "|",
    ]
    for name, row in numbers.items():
        cells = (_cell(row, key) for key in kept)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def _cell(row, key):
    if key not in row.index or not np.isfinite(row[key]):
        return "–"
    text = f"{row[key]:.3f}"
    deviation = row.get(f"{key}_deviation")
    return text if deviation is None else f"{text} ± {deviation:.3f}"


def _last(run, name):
    metrics = pathlib.Path(run) / "metrics.json"
    return json.loads(metrics.read_text(encoding="utf-8"))[name]
