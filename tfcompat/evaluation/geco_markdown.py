"""GECo's Tables 2, 3 and 4 and its Figure 8, out of what was measured."""

import matplotlib.figure

from tfcompat.evaluation.geco_rows import ABLATION, BEYOND, GECO, MODELS

_PAPER = {"overall.roc_auc": "AUC 1v1", "retrieval.mrr": "MRR all"}
_MGCM = {"mgcm_protocol.roc_auc": "AUC 1v3", "mgcm_protocol.mrr": "MRR 1v9"}
COLUMNS = {**_PAPER, **_MGCM}
# Rows that learn of votes are asked about those, the others about outfits.
ORACLES = {
    "oracle": "Oracle of {pairs}",
    "population_oracle": "Population oracle of {pairs}",
}


def write_markdown(rows, swept_rows, table, swept, results, seeds):
    """The text of `table.md`.

    Args:
        rows: As `geco_rows` returns them.
        swept_rows: As `sweep_rows` returns them.
        table: What `summarise` makes of the results of `rows`.
        swept: The same of `swept_rows`.
        results: As `train_rows` returns them, those of `rows`.
        seeds: Number of model seeds.

    Returns:
        str, Markdown.
    """
    wardrobes = sorted({result["wardrobe"] for result in results})
    first = results[0]
    several = seeds * len(wardrobes) > 1
    oracles = sorted(
        name for name in table if " of " in name and "acle" in name
    )
    models = [row.name for row in rows if row.section == MODELS]
    ablation = [row.name for row in rows if row.section == ABLATION]
    beyond = [row.name for row in rows if row.section == BEYOND]
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
    for title, own, others, columns in (
        (
            "Table 2: AUC against one negative, MRR over all candidates",
            models,
            oracle,
            _PAPER,
        ),
        (
            "Table 3, MGCM's protocol: AUC over three negatives, MRR of nine",
            models,
            oracle,
            _MGCM,
        ),
        (
            "Table 4: ablation, and the gain of the template",
            ablation and [GECO, *ablation],
            [],
            COLUMNS,
        ),
        (
            "Beyond the paper; the votes' pairs are customers' own",
            beyond and [GECO, *beyond],
            [name for name in oracles if name not in oracle],
            COLUMNS,
        ),
    ):
        if not own:
            continue
        lines += [
            "",
            f"### {title}",
            "",
            *_lines([*own, *others], table, columns, several),
        ]
    if swept_rows:
        names = [row.name for row in swept_rows]
        lines += ["", "### Figure 8: the loss's parameters, one seed", ""]
        lines += _lines(names, swept, COLUMNS, False)
    return "\n".join(lines) + "\n"


def _lines(names, table, columns, several):
    """Lines of one table; deviations where there are `several` runs a row."""
    yield "| model | " + " | ".join(columns.values()) + " |"
    yield "|---" * (len(columns) + 1) + "|"
    cell = "{:.4f} ± {:.4f}" if several else "{:.4f}"
    for name in names:
        cells = (cell.format(*table[name][column]) for column in columns)
        yield f"| {name} | " + " | ".join(cells) + " |"


def plot_sweep(rows, swept):
    """Plots AUC and MRR of the paper's protocol, as Figure 8.

    Args:
        rows: As `sweep_rows` returns them; a panel for each of their sections.
        swept: What `summarise` makes of their results.

    Returns:
        `matplotlib.figure.Figure`.
    """
    symbols = list(dict.fromkeys(row.section for row in rows))
    figure = matplotlib.figure.Figure(figsize=(12, 3.6), layout="constrained")
    panels = figure.subplots(1, len(symbols), squeeze=False)[0]
    for panel, symbol in zip(panels, symbols, strict=True):
        for name in (row.name for row in rows if row.section == symbol):
            auc, mrr = (swept[name][column][0] for column in _PAPER)
            panel.scatter([mrr], [auc], label=name, s=60)
        panel.set(xlabel="MRR over all candidates", ylabel="AUC, one negative")
        panel.legend(fontsize="small")
    return figure
