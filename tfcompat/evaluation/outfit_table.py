"""The table of outfit models: CSA-Net, ADDE-O, type-aware, Siamese."""

import json
import logging
import pathlib

import matplotlib.figure

from tfcompat.data.files import atomic_path
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.evaluation.outfit_pictures import draw_completions
from tfcompat.evaluation.reproduction import (
    Row,
    markdown_table,
    oracle_results,
    summarise,
    teach_attributes,
    train_rows,
    world_name,
)
from tfcompat.training.outfit_encoder import WITHOUT_ATTRIBUTES
from tfcompat.training.run_folder import RunFolder

_LOG = logging.getLogger(__name__)
CSA_NET = "CSA-Net, outfit ranking loss"
_ORACLE = "The stylists' own score"
_STAGES = {"encoder": "adde-small"}
ROWS = (
    Row("Siamese, triplet loss", "outfit-siamese"),
    Row("Type-aware, triplet loss", "type-aware"),
    Row(
        "CSA-Net, triplet loss",
        "csa-net",
        # The rate at which it does best on validation outfits.
        ("loss=triplet", "learning_rate=0.004"),
    ),
    Row(CSA_NET, "csa-net"),
    Row("ADDE-O, weighted sum", "adde-o"),
    Row(
        "ADDE-O, weighted concatenation",
        "adde-o",
        ("subspaces=concatenation",),
    ),
    Row(
        "Ours: CSA-Net with a projection for each group",
        "csa-net",
        ("embedding=groups",),
    ),
)
_COLUMNS = {
    "overall.roc_auc": "compatibility AUC",
    "fitb_accuracy": "FITB",
    "retrieval.recall_at_10": "Recall@10",
    "retrieval.recall_at_30": "Recall@30",
    "retrieval.recall_at_50": "Recall@50",
}


def reproduce_outfits(wardrobes, out, *, seeds=3, settings=()):
    """Trains, tests and writes the whole table.

    Where a wardrobe has fewer than two attributes, as Polyvore Outfits, and no
    encoder is given, ADDE-O is left out and the others build on a garment
    encoder.

    Args:
        wardrobes: Folders.
        out: Folder for runs, `table.md`, `table.json`, `table.png` and
            `completions.png`.
        seeds: Number of model seeds.
        settings: "name=value" texts for all runs that know the name.

    Returns:
        Path of `table.md`.
    """
    out = pathlib.Path(out)
    rows, stages = ROWS, _STAGES
    if not teach_attributes(wardrobes, settings):
        _LOG.warning(
            "Fewer than two attributes: ADDE-O is left out, and a garment "
            "encoder takes the place of ADDE's."
        )
        rows = [row for row in ROWS if row.config != "adde-o"]
        stages = {"encoder": WITHOUT_ATTRIBUTES}
    results = train_rows(
        rows,
        stages,
        wardrobes,
        out,
        seeds=seeds,
        settings=settings,
    )
    oracles = oracle_results(results, {"oracle": _ORACLE})
    table = summarise([*results, *oracles], _COLUMNS)
    folder = pathlib.Path(wardrobes[-1])
    loaded = list(map(pathlib.Path, wardrobes))
    world = out / "runs" / world_name(folder, loaded)
    draw_completions(
        RunFolder(world / "seed-0" / "csa-net"),
        Wardrobe.load(folder),
        out / "completions.png",
    )
    with atomic_path(out / "table.json") as partial:
        content = {"rows": table, "results": results}
        partial.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    names = sorted({result["wardrobe"] for result in results})
    counts = sorted({result["count"] for result in results})
    lines = [
        f"Test outfits of {', '.join(names)} ({counts[-1]:,}); {seeds} model "
        "seeds on one encoder a wardrobe; mean ± standard deviation, in %. "
        "Retrieval is within the hidden item's fine-grained category, "
        "averaged over categories.",
        "",
        *markdown_table(table, _COLUMNS),
    ]
    with atomic_path(out / "table.md") as partial:
        partial.write_text("\n".join(lines) + "\n", "utf-8")
    with atomic_path(out / "table.png") as partial:
        _plot(table).savefig(partial, format="png", dpi=120)
    return out / "table.md"


def _plot(table):
    """FITB and Recall@10 of every row."""
    names = list(table)
    figure = matplotlib.figure.Figure(
        figsize=(10, 0.4 * len(names) + 1.2), layout="constrained"
    )
    for axes, key in zip(
        figure.subplots(1, 2, sharey=True),
        ("fitb_accuracy", "retrieval.recall_at_10"),
        strict=True,
    ):
        means, deviations = zip(
            *(table[name][key] for name in names), strict=True
        )
        axes.barh(names, means, xerr=deviations)
        axes.set_xlabel(_COLUMNS[key])
        axes.set_xlim(0, None)
    axes.invert_yaxis()
    return figure
