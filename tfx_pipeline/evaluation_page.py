"""The page of an evaluation: values, slices, thresholds, blessed or why not."""

import datetime
import math

import jinja2
from tfx.dsl.io import fileio

from tfcompat.version import __version__
from tfx_pipeline.evaluation_reading import EVERYTHING
from tfx_pipeline.vote_metrics import COMPARABLE, COUNTS, UNSCORED

PAGE = "evaluation.html"
_TITLES = {
    "customer_roc_auc": "customer ROC AUC",
    "customer_auprc": "customer AUPRC",
    "customer_recall_at_50_percent": "customer recall@50 %",
    "customer_average_precision_at_10": "customer precision@10",
    "roc_auc": "overall ROC AUC",
    "auprc": "overall AUPRC",
    "recall_at_50_percent": "overall recall@50 %",
    "average_precision_at_10": "overall precision@10",
    "votes": "votes",
    "customers_counted": "customers counted",
    "customers_skipped": "customers skipped",
    UNSCORED: "votes without score",
}


def write_evaluation_page(evaluation, path):
    """Writes one self-contained HTML page.

    Args:
        evaluation: `tfx_pipeline.evaluation_reading.Evaluation`.
        path: Where to, on any of TFX's file systems.
    """
    overall = evaluation.values.get(EVERYTHING, {})
    page = jinja2.Environment(
        loader=jinja2.PackageLoader("tfx_pipeline", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    ).get_template(PAGE)
    html = page.render(
        is_blessed=evaluation.is_blessed,
        reasons=evaluation.reasons,
        bar=f"{evaluation.bar:g}",
        allowed_loss=f"{evaluation.allowed_loss:g}",
        is_compared=bool(evaluation.compared),
        comparison=[_text(value, ".4f") for value in evaluation.comparison],
        titles=list(_TITLES.values()),
        slices=[
            {
                "name": name.replace("_", " "),
                "cells": _cells(values, evaluation.compared.get(name, {})),
            }
            for name, values in evaluation.values.items()
        ],
        # Metrics of a query mean all of a customer's votes in every slice.
        queries=[
            {
                "name": name.upper().replace("_AT_", "@"),
                "cells": _cells(
                    overall, evaluation.compared.get(EVERYTHING, {}), [name]
                ),
            }
            for name in overall
            if name not in (*_TITLES, COMPARABLE)
        ],
        date=datetime.date.today().isoformat(),
        version=__version__,
    )
    with fileio.open(path, "w") as file:
        file.write(html)


def _cells(values, compared, names=tuple(_TITLES)):
    """Dicts of texts: the value, and by how much it differs."""
    # Of other votes the difference would say nothing.
    alike = values.get("votes") == compared.get("votes")
    cells = []
    for name in names:
        value = values.get(name, math.nan)
        change = value - compared.get(name, math.nan) if alike else math.nan
        is_count = name in COUNTS
        cells.append(
            {
                "value": _text(value, ",.0f" if is_count else ".4f"),
                "change": "" if is_count else _text(change, "+.4f"),
            }
        )
    return cells


def _text(value, form):
    return "–" if math.isnan(value) else format(value, form)
