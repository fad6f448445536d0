"""The personalised designer's tables as markdown."""

import json
import pathlib

import numpy as np
import pandas as pd

from tfcompat.evaluation.design_report import COLUMNS, number_text
from tfcompat.evaluation.design_rows import NEW, OURS


def design_markdown(tables, wardrobes, seeds, size):
    """Tables 2 and 3 and the estimate of Fig. 4, for each task.

    Args:
        tables: Dict from a task's name to the results of `train_rows`.
        wardrobes: List of `Wardrobe`.
        seeds: Number of model seeds.
        size: "small" or "paper".

    Returns:
        str, markdown.
    """
    names = ", ".join(wardrobe.folder.name for wardrobe in wardrobes)
    lines = [f"Test part of {names}; {size} size; {seeds} model seed(s)."]
    for task, results in tables.items():
        lines += ["", f"## {task}", "", *_table_2(results), ""]
        lines += [*_table_3(results), "", *_preferences(results)]
    return "\n".join(lines) + "\n"


def _table_2(results):
    reports = {"Real": [one["real"] for one in results]}
    for one in results:
        if one["row"] != NEW:
            reports.setdefault(one["row"], []).append(one)
    count, network = (
        results[0]["count"],
        results[0]["generation"]["features"],
    )
    return [
        f"Table 2: {count:,} designs a run, {network} features; ± between "
        "parts of the designs, as published, and of taste the standard error "
        "between customers. The taste of the real ones is that of the items "
        "which each customer truly likes best.",
        "",
        *_lines(reports, COLUMNS),
    ]


def _table_3(results):
    reports = {}
    for row, name in ((OURS, "Original setting"), (NEW, "New setting")):
        parts = [one for one in results if one["row"] == row]
        reports[name] = [one["new_customers"] for one in parts]
    seconds = np.mean(
        [
            _last(one["run"], "milliseconds_per_new_customer")
            for one in results
            if one["row"] == NEW
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
        if name not in (OURS, NEW):
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
    return number_text(row.get(key), row.get(f"{key}_deviation"))


def _last(run, name):
    metrics = pathlib.Path(run) / "metrics.json"
    return json.loads(metrics.read_text(encoding="utf-8"))[name]
