"""A page to look at: what models recommend to whom, and how good they are."""

import base64
import datetime
import io

import jinja2
import numpy as np
import pandas as pd
from PIL import Image

from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_path
from tfcompat.evaluation.evaluate import evaluate_run
from tfcompat.evaluation.oracles import load_world
from tfcompat.evaluation.report_plots import learning_curves, weight_maps
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.trained_scorer import TrainedScorer
from tfcompat.version import __version__

_COLUMNS = {
    "roc_auc": "ROC AUC",
    "auprc": "AUPRC",
    "recall_at_50_percent": "recall@50 %",
    "average_precision_at_10": "precision@10",
}
_SHOWN_LIKED = 8
_SHOWN_ANSWERS = 6
_THUMBNAIL = 128


def write_report(
    runs,
    wardrobe,
    path,
    *,
    split="test",
    num_customers=5,
    served=None,
    links=None,
):
    """Writes one self-contained HTML page.

    Args:
        runs: Dict from a name to the folder of a finished stage 2 run.
        wardrobe: `Wardrobe`.
        path: File to write.
        split: Part of the votes to measure on and to take questions from.
        num_customers: How many customers to show.
        served: Dict from a name to what asks a server: a function of a
            customer's id, the query's image file, a group and k, which
            returns the ids of the items that the server recommends.
        links: Dict from a title to the address of another page, such as the
            pipeline's evaluation; relative ones start from `path`.

    Raises:
        InputError: If a run is unfinished or scores no pairs, or the split
            has no pair votes.
    """
    votes = wardrobe.pair_votes
    votes = votes[votes["split"] == split]
    if votes.empty:
        raise InputError(
            f"{wardrobe.folder}: pair_votes.csv has no votes in {split}."
        )
    reports = {
        name: evaluate_run(folder, wardrobe, split)
        for name, folder in runs.items()
    }
    scorers = {
        name: TrainedScorer(folder, wardrobe) for name, folder in runs.items()
    }
    rankers = {
        **{name: _local_ranker(scorer) for name, scorer in scorers.items()},
        **{
            name: _served_ranker(ask, wardrobe)
            for name, ask in (served or {}).items()
        },
    }
    world = load_world(wardrobe)
    questions = _choose_questions(votes, num_customers)
    shown = [customer for customer, _ in questions]
    group = wardrobe.items["group"].iloc[int(votes["candidate"].iloc[0])]
    page = jinja2.Environment(
        loader=jinja2.PackageLoader("tfcompat.evaluation", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    ).get_template("report.html")
    html = page.render(
        wardrobe=wardrobe.manifest.get("name", wardrobe.folder.name),
        counts=", ".join(
            f"{len(getattr(wardrobe, name)):,} {name.replace('_', ' ')}"
            for name in ("items", "customers", "item_votes", "pair_votes")
        ),
        date=datetime.date.today().isoformat(),
        version=__version__,
        split=split,
        has_oracle=world is not None,
        columns=[
            f"{level} {name}"
            for level in ("customer", "overall")
            for name in _COLUMNS.values()
        ],
        table=_table(reports),
        links=links or {},
        curves=learning_curves(
            {
                name: RunFolder(folder).read_history()
                for name, folder in runs.items()
            }
        ),
        weights=weight_maps(
            {
                name: scorer.attention_weights(np.array(shown))
                for name, scorer in scorers.items()
            },
            wardrobe.customers["customer_id"].iloc[shown].tolist(),
        ),
        group=group,
        customers=[
            _show_customer(wardrobe, rankers, world, customer, query, group)
            for customer, query in questions
        ],
    )
    with atomic_path(path) as partial:
        partial.write_text(html, encoding="utf-8")


def _choose_questions(votes, count):
    """Customers spread over all, each with a query they have voted on."""
    first = votes.drop_duplicates("customer").sort_values("customer")
    places = np.linspace(0, len(first) - 1, min(count, len(first)))
    chosen = first.iloc[places.astype(int)]
    return list(
        zip(chosen["customer"].tolist(), chosen["query"].tolist(), strict=True)
    )


def _table(reports):
    rows = list(reports.items())
    first = next(iter(reports.values()))
    rows += [
        (key.replace("_", " "), first[key])
        for key in ("population_oracle", "oracle")
        if key in first
    ]
    return [
        {
            "name": name,
            "cells": [
                "–"
                if report[level][metric] is None
                else f"{report[level][metric]:.3f}"
                for level in ("customer", "overall")
                for metric in _COLUMNS
            ],
        }
        for name, report in rows
    ]


def _local_ranker(scorer):
    """What ranks with a run's model: customer, query, group, k -> rows."""
    return lambda customer, query, group, k: scorer.rank(
        customer, query, group, k
    )[0]


def _served_ranker(ask, wardrobe):
    """The same by asking a server, which answers with ids."""
    rows = pd.Index(wardrobe.items["item_id"])
    customers = wardrobe.customers["customer_id"]

    def rank(customer, query, group, k):
        ids = ask(
            customers.iloc[customer], wardrobe.image_paths[query], group, k
        )
        found = rows.get_indexer(ids)
        # What was taken out of the wardrobe since cannot be shown.
        return found[found >= 0]

    return rank


def _show_customer(wardrobe, rankers, world, customer, query, group):
    votes = wardrobe.item_votes
    liked = votes[(votes["customer"] == customer) & (votes["vote"] > 0)]
    answers = {
        name: rank(customer, query, group, _SHOWN_ANSWERS)
        for name, rank in rankers.items()
    }

    def truth(rows):
        return world.pair_probability(customer, query, rows)

    if world is not None:
        rows = np.flatnonzero(wardrobe.items["group"] == group)
        answers["oracle"] = rows[np.argsort(-truth(rows))[:_SHOWN_ANSWERS]]
    return {
        "id": wardrobe.customers["customer_id"].iloc[customer],
        "liked": [
            _show_item(wardrobe, row) for row in liked["item"][:_SHOWN_LIKED]
        ],
        "query": _show_item(wardrobe, query),
        "answers": [
            {
                "name": name,
                "shown": [
                    _show_item(
                        wardrobe,
                        row,
                        None if world is None else float(truth(row)),
                    )
                    for row in rows
                ],
            }
            for name, rows in answers.items()
        ],
    }


def _show_item(wardrobe, row, truth=None):
    item = wardrobe.items.iloc[row]
    with Image.open(wardrobe.folder / item["image"]) as image:
        image = image.convert("RGB")
        image.thumbnail((_THUMBNAIL, _THUMBNAIL))
        data = io.BytesIO()
        image.save(data, "JPEG", quality=85)
    encoded = base64.b64encode(data.getvalue()).decode("ascii")
    return {
        "caption": item.get("text") or item["category"],
        "image": f"data:image/jpeg;base64,{encoded}",
        "truth": truth,
    }
