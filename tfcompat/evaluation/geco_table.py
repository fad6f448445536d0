"""`tfcompat reproduce geco`: GECo's Tables 2, 3 and 4 and its Figure 8."""

import json
import pathlib

import matplotlib.figure
import pandas as pd

from tfcompat.data.files import atomic_path
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.evaluation.geco_page import write_geco_page
from tfcompat.evaluation.reproduction import Row, train_rows
from tfcompat.training.config_files import load_config

GECO = "GECo"
_TOP = "GECo's towers, top alone"
_SLOW = ("MGCM", "Pix2PixCM")
_MODELS, _ABLATION = "Models", "Ablation"
_BEYOND = "Beyond the paper"
# The values of the sweep; the others keep the config's.
_SWEEP = {
    "bpr_weight": ("alpha", (0.25, 0.5, 0.75)),
    "info_nce_weight": ("beta", (0.25, 0.5, 0.75, 1.0)),
    "temperature": ("tau", (0.005, 0.01, 0.05, 0.1, 0.5)),
}
_COLUMNS = {
    "paper_auc": ("overall", "roc_auc"),
    "paper_mrr": ("retrieval", "mrr"),
    "mgcm_auc": ("mgcm_protocol", "roc_auc"),
    "mgcm_mrr": ("mgcm_protocol", "mrr"),
}
_ORACLES = {"oracle": "Oracle", "population_oracle": "Population oracle"}
_VOTES = "pairs=votes"
_PERSONAL = "query_parts=item,template,customer"


def geco_rows(size, wardrobes, designer=""):
    """What is trained.

    Args:
        size: "" for the published sizes, "-small" for those for a CPU.
        wardrobes: List of `Wardrobe`; rows that ask for text or customers'
            votes are there if all of them have these.
        designer: Finished run of a designer, whose designs are then tried as
            a further part of the query; "" for none.

    Returns:
        Tuple of `Row`.
    """
    rows = [
        Row(GECO, f"geco{size}", section=_MODELS),
        Row("MGCM", f"mgcm{size}", section=_MODELS),
        Row("Pix2PixCM", f"pix2pix-cm{size}", section=_MODELS),
        Row("BPR-DAE", "bpr-dae", section=_MODELS),
        Row("Popularity", "popularity", section=_MODELS),
        Row("Random", "random", section=_MODELS),
        Row(_TOP, f"geco-top{size}", section=_ABLATION),
        Row(
            "GECo without BPR",
            f"geco{size}",
            ("bpr_weight=0.0",),
            section=_ABLATION,
        ),
        Row(
            "GECo without InfoNCE",
            f"geco{size}",
            ("info_nce_weight=0.0",),
            section=_ABLATION,
        ),
        Row(
            "GECo by the dot product, as printed",
            f"geco{size}",
            ("unit_length=false",),
            section=_ABLATION,
        ),
    ]
    if size:
        rows.insert(
            4, Row("BPR-DAE, its rate tuned", f"bpr-dae{size}", (), _MODELS)
        )
    if all(_has_text(wardrobe) for wardrobe in wardrobes):
        parts = "query_parts=item,template,text"
        rows.append(Row("with text", f"geco{size}", (parts,), _BEYOND))
    if all(len(wardrobe.pair_votes) for wardrobe in wardrobes):
        # Liked votes are several times as many pairs as outfits.
        votes = (_VOTES, "epochs=6") if size else (_VOTES,)
        rows += [
            Row("for everybody, of votes", f"geco{size}", votes, _BEYOND),
            Row(
                "for the customer, of votes",
                f"geco{size}",
                (*votes, _PERSONAL),
                _BEYOND,
            ),
        ]
        if designer:
            parts = "query_parts=item,template,customer,design"
            given = f"designer={designer}"
            rows.append(
                Row(
                    "for the customer, with a design, of votes",
                    f"geco{size}",
                    (*votes, parts, given),
                    _BEYOND,
                )
            )
    return tuple(rows)


def sweep_rows(size):
    """The runs of Figure 8, one setting changed at a time.

    Where the value is the config's own, the row is the one of the table: it
    is not trained twice.
    """
    own = load_config(f"geco{size}")
    return tuple(
        Row(
            f"{symbol} = {value}",
            f"geco{size}",
            () if value == getattr(own, name) else (f"{name}={value}",),
            section=symbol,
        )
        for name, (symbol, values) in _SWEEP.items()
        for value in values
    )


def _has_text(wardrobe):
    return "text" in wardrobe.items and bool(wardrobe.items["text"].any())


def reproduce_geco(
    wardrobes, out, *, seeds=3, settings=(), size="", designer=""
):
    """Trains, tests and writes everything.

    What is finished is read and not trained again, run by run. One seed of
    the sweep is trained, as in the paper.

    Args:
        wardrobes: Folders.
        out: Folder for runs, `table.md`, `table.json`, `sweep.png` and
            `page.html`.
        seeds: Number of model seeds of the tables.
        settings: "name=value" texts for all runs that know the name.
        size: As `geco_rows`.
        designer: As `geco_rows`.

    Returns:
        Path of `table.md`.
    """
    out = pathlib.Path(out)
    loaded = [Wardrobe.load(folder) for folder in wardrobes]
    rows = geco_rows(size, loaded, designer)
    stages = {
        "encoder": f"garment-encoder{size}",
        "generator": f"cigm{size}",
    }
    arguments = {"settings": settings}
    # The slowest last: an interrupted reproduction then has most of it.
    by_cost = sorted(rows, key=lambda row: row.name in _SLOW)
    results = train_rows(
        by_cost, stages, wardrobes, out, seeds=seeds, **arguments
    )
    sweep = train_rows(
        sweep_rows(size), stages, wardrobes, out, seeds=1, **arguments
    )
    table, swept = _summarise(results), _summarise(sweep)
    everything = {
        "rows": table,
        "sweep": swept,
        "results": results,
        "sweep_results": sweep,
    }
    with atomic_path(out / "table.json") as partial:
        partial.write_text(
            json.dumps(everything, indent=2) + "\n", encoding="utf-8"
        )
    text = _markdown(rows, table, swept, results, seeds)
    with atomic_path(out / "table.md") as partial:
        partial.write_text(text, encoding="utf-8")
    with atomic_path(out / "sweep.png") as partial:
        _plot(swept).savefig(partial, format="png", dpi=120)
    runs = {
        result["row"]: result["run"]
        for result in reversed(results)  # The first seed's are left over.
        if result["row"] in (GECO, "MGCM", "Pix2PixCM", "BPR-DAE", _TOP)
        and result["wardrobe"] == results[0]["wardrobe"]
    }
    shown = {row.name: runs[row.name] for row in rows if row.name in runs}
    write_geco_page(shown, loaded[0], out / "page.html")
    return out / "table.md"


def _summarise(results):
    """Dict from row to {column: (mean, deviation)}, oracles among them.

    The oracles of rows that learn of votes are of those, under their own
    names; an oracle is the same for all rows of one kind of pairs.
    """
    numbers = pd.DataFrame(
        [
            (row, column, scores[level][metric])
            for result in results
            for row, scores in (
                (result["row"], result),
                *(
                    (f"{name} of {result['pairs']}", result[key])
                    for key, name in _ORACLES.items()
                    if key in result
                ),
            )
            for column, (level, metric) in _COLUMNS.items()
        ],
        columns=["row", "column", "value"],
    )
    cells = numbers.groupby(["row", "column"])["value"]
    table = {}
    for (row, column), mean in cells.mean().items():
        deviation = cells.std(ddof=0)[row, column]
        table.setdefault(row, {})[column] = (float(mean), float(deviation))
    return table


def _markdown(rows, table, swept, results, seeds):
    wardrobes = sorted({result["wardrobe"] for result in results})
    first = results[0]
    several = seeds * len(wardrobes) > 1
    oracles = sorted(
        name for name in table if " of " in name and "acle" in name
    )
    models = [row.name for row in rows if row.section == _MODELS]
    ablation = [GECO] + [row.name for row in rows if row.section == _ABLATION]
    beyond = [row.name for row in rows if row.section == _BEYOND]
    lines = [
        f"Test part of {', '.join(wardrobes)}: {first['count']} pairs "
        f"({first['pairs']}), {first['retrieval']['candidates']} candidates; "
        + (
            f"{seeds} model seeds; mean ± standard deviation over seeds and "
            "wardrobes."
            if several
            else "one model seed."
        ),
    ]
    oracle = [name for name in oracles if name.endswith(first["pairs"])]
    for title, names, columns in (
        (
            "Table 2: AUC against one negative, MRR over all candidates",
            models + oracle,
            ("paper_auc", "paper_mrr"),
        ),
        (
            "Table 3, MGCM's protocol: AUC over three negatives, MRR of nine",
            models + oracle,
            ("mgcm_auc", "mgcm_mrr"),
        ),
        (
            "Table 4: ablation, and the gain of the template",
            ablation,
            tuple(_COLUMNS),
        ),
        (
            "Beyond the paper; the votes' pairs are customers' own",
            [GECO, *beyond, *(n for n in oracles if n not in oracle)],
            tuple(_COLUMNS),
        ),
    ):
        if title.startswith("Beyond") and not beyond:
            continue
        lines += [
            "",
            f"### {title}",
            "",
            *_lines(names, table, columns, several),
        ]
    lines += ["", "### Figure 8: the loss's parameters, one seed", ""]
    lines += _lines(list(_in_order(swept)), swept, tuple(_COLUMNS), False)
    return "\n".join(lines) + "\n"


def _in_order(swept):
    for symbol, values in _SWEEP.values():
        for value in values:
            if f"{symbol} = {value}" in swept:
                yield f"{symbol} = {value}"


def _lines(names, table, columns, several):
    """Lines of one table; deviations where there are `several` runs a row."""
    heads = {
        "paper_auc": "AUC 1v1",
        "paper_mrr": "MRR all",
        "mgcm_auc": "AUC 1v3",
        "mgcm_mrr": "MRR 1v9",
    }
    yield "| model | " + " | ".join(heads[name] for name in columns) + " |"
    yield "|---" * (len(columns) + 1) + "|"
    cell = "{:.4f} ± {:.4f}" if several else "{:.4f}"
    for name in names:
        cells = (cell.format(*table[name][column]) for column in columns)
        yield f"| {name} | " + " | ".join(cells) + " |"


def _plot(swept):
    """AUC and MRR of the paper's protocol by each parameter, as Figure 8."""
    figure = matplotlib.figure.Figure(figsize=(12, 3.6), layout="constrained")
    panels = figure.subplots(1, len(_SWEEP), squeeze=False)[0]
    for panel, (symbol, values) in zip(panels, _SWEEP.values(), strict=True):
        for value in values:
            row = swept[f"{symbol} = {value}"]
            auc, mrr = row["paper_auc"][0], row["paper_mrr"][0]
            panel.scatter([mrr], [auc], label=f"{symbol} = {value}", s=60)
        panel.set(xlabel="MRR over all candidates", ylabel="AUC, one negative")
        panel.legend(fontsize="small")
    return figure
