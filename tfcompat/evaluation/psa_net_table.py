"""PSA-Net's Table I with its ablations, and ours beside them."""

import json
import pathlib

import matplotlib.figure

from tfcompat.data.files import atomic_path
from tfcompat.evaluation.reproduction import (
    Row,
    oracle_results,
    summarise,
    train_rows,
)

PSA_NET = "PSA-Net: personalised, 3 sub-spaces"
_STAGES = {
    "encoder": "garment-encoder",
    "partial_dual": "partial-dual",
    "stynet": "stynet",
}
_TABLE = "Table I"
_ABLATIONS = "Ablations"
_FUTURE = "The paper's future work"
_OURS = "Ours"
ROWS = (
    Row(
        "Baseline 1: stylist data, non-personalised, 3 sub-spaces",
        "psa-net-stylists",
        section=_TABLE,
    ),
    Row(
        "Baseline 2: customer data, non-personalised, 3 sub-spaces",
        "psa-net-nonpersonal",
        section=_TABLE,
    ),
    Row(
        "Baseline 3: personalised, 1 sub-space",
        "psa-net-k1",
        section=_TABLE,
    ),
    Row(PSA_NET, "psa-net", section=_TABLE),
    Row("5 sub-spaces", "psa-net-k5", section=_ABLATIONS),
    Row("Customers from StyNet", "psa-net-stynet", section=_ABLATIONS),
    Row("Triplet loss", "psa-net-triplet", section=_ABLATIONS),
    Row("Fully connected sub-spaces", "psa-net-dense", section=_ABLATIONS),
    Row("Customers learnt end to end", "psa-net-learned", section=_FUTURE),
    Row("One projection for all groups", "psa-net-groups", section=_FUTURE),
    Row(
        "8 sub-spaces, liking and popularity",
        "psa-net-items",
        section=_FUTURE,
    ),
    Row(
        "8 sub-spaces",
        "psa-net",
        ("num_subspaces=8",),
        section=_OURS,
    ),
    Row(
        "8 sub-spaces, liking, logistic loss",
        "psa-net-items",
        ("loss=logistic",),
        section=_OURS,
    ),
    Row(
        "Joint model, weights by softmax",
        "joint",
        ("attention=softmax",),
        section=_OURS,
    ),
    Row(
        "Joint model, pair votes alone",
        "joint",
        ("vote_weight=0.0",),
        section=_OURS,
    ),
    Row("Joint model", "joint", section=_OURS),
)
_METRICS = {
    "roc_auc": "ROC AUC",
    "auprc": "AUPRC",
    "recall_at_50_percent": "Recall@50%",
    "average_precision_at_10": "Precision@10",
}
_COLUMNS = {
    f"{level}.{metric}": f"{level} {name}"
    for level in ("customer", "overall")
    for metric, name in _METRICS.items()
}
_ORACLES = {"oracle": "Oracle", "population_oracle": "Population oracle"}


def reproduce_psa_net(wardrobes, out, *, seeds=3, settings=()):
    """Trains, tests and writes the whole table.

    Args:
        wardrobes: Folders.
        out: Folder for runs, `table.md`, `table.json` and `table.png`.
        seeds: Number of model seeds.
        settings: "name=value" texts for all runs that know the name.

    Returns:
        Path of `table.md`.
    """
    out = pathlib.Path(out)
    results = train_rows(
        ROWS, _STAGES, wardrobes, out, seeds=seeds, settings=settings
    )
    oracles = oracle_results(results, _ORACLES)
    table = summarise([*results, *oracles], _COLUMNS)
    with atomic_path(out / "table.json") as partial:
        partial.write_text(
            json.dumps({"rows": table, "results": results}, indent=2) + "\n",
            encoding="utf-8",
        )
    with atomic_path(out / "table.md") as partial:
        partial.write_text(_markdown(table, results, seeds), encoding="utf-8")
    with atomic_path(out / "table.png") as partial:
        _plot(table).savefig(partial, format="png", dpi=120)
    return out / "table.md"


def _markdown(table, results, seeds):
    wardrobes = sorted({result["wardrobe"] for result in results})
    lines = [
        f"Test part of {', '.join(wardrobes)}; {seeds} model seeds; mean ± "
        "standard deviation over seeds and wardrobes, in %.",
        "",
        "| model | " + " | ".join(_COLUMNS.values()) + " |",
        "|---" * (len(_COLUMNS) + 1) + "|",
    ]
    sections = [(row.section, row.name) for row in ROWS]
    sections += [("Oracles", name) for name in _ORACLES.values()]
    last = None
    for section, name in sections:
        if name not in table:
            continue
        if section != last:
            lines.append(f"| **{section}** |" + " |" * len(_COLUMNS))
            last = section
        cells = (
            f"{100 * table[name][key][0]:.2f} ± {100 * table[name][key][1]:.2f}"
            if key in table[name]
            else "–"
            for key in _COLUMNS
        )
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += [
        "",
        f"Difference to {PSA_NET}, as the paper prints its Table I:",
        "",
        "| model | " + " | ".join(_COLUMNS.values()) + " |",
        "|---" * (len(_COLUMNS) + 1) + "|",
    ]
    for _, name in sections:
        if name in table:
            cells = (
                f"{100 * (table[name][key][0] - table[PSA_NET][key][0]):+.2f}"
                if key in table[name] and key in table[PSA_NET]
                else "–"
                for key in _COLUMNS
            )
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _plot(table):
    """Customer-level ROC AUC of every row, the oracles as lines."""
    names = [row.name for row in ROWS if row.name in table]
    means, deviations = zip(
        *(table[name]["customer.roc_auc"] for name in names), strict=True
    )
    figure = matplotlib.figure.Figure(
        figsize=(9, 0.4 * len(names) + 1.5), layout="constrained"
    )
    axes = figure.subplots()
    colours = [
        "tab:orange" if name == PSA_NET else "tab:blue" for name in names
    ]
    axes.barh(names, means, xerr=deviations, color=colours)
    for key, style in (("Oracle", "-"), ("Population oracle", "--")):
        if key in table:
            axes.axvline(
                table[key]["customer.roc_auc"][0],
                color="black",
                linestyle=style,
                label=key,
            )
    axes.invert_yaxis()
    axes.set_xlim(0.5, None)
    axes.set_xlabel("customer-averaged ROC AUC on the test votes")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper right")
    return figure
