"""ADDE's tables: attribute accuracy, manipulation, conditional similarity."""

import json
import pathlib

import matplotlib.figure

from tfcompat.data.files import atomic_path
from tfcompat.data.id_splits import item_splits
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.evaluation.adde_pictures import draw_manipulation, draw_similarity
from tfcompat.evaluation.attribute_evaluation import (
    adde_m_content,
    change_queries,
    encoder_run,
    evaluate_adde,
)
from tfcompat.evaluation.reproduction import (
    Row,
    markdown_table,
    summarise,
    train_rows,
    world_name,
)
from tfcompat.layers.attribute_memory import AttributeMemory
from tfcompat.models.adde_m import ADDEM
from tfcompat.training.adde import adde_labels, load_adde
from tfcompat.training.adde_m import mean_prototypes
from tfcompat.training.change_search import measure_changes
from tfcompat.training.run_folder import RunFolder

ADDE_M = "ADDE-M"
_STAGES = {"encoder": "adde-small"}
_NO_MEMORY = "Encoder without memory: the query as it is"
_PROTOTYPES = "Encoder with the memory as initialised"
ROWS = (
    Row(ADDE_M, "adde-m-small", section="manipulation"),
    Row("ADDE-C", "adde-c", section="similarity"),
    Row("CSN, fixed masks", "csn-fixed", section="similarity"),
    Row("CSN, learned masks", "csn", section="similarity"),
)
_MANIPULATION = {
    "attributes.top_k_accuracy": "Top-30",
    "attributes.ndcg": "NDCG@30",
    "attributes.ndcg_target": "NDCG_t",
    "attributes.ndcg_other": "NDCG_o",
}
_SIMILARITY = {"triplet_accuracy": "triplet accuracy"}


def reproduce_adde(wardrobes, out, *, seeds=3, settings=()):
    """Trains, tests and writes the tables and pictures.

    Args:
        wardrobes: Folders.
        out: Folder for runs, `table.md`, `table.json`, `table.png`,
            `manipulation.png` and `similarity.png`.
        seeds: Number of model seeds.
        settings: "name=value" texts for all runs that know the name.

    Returns:
        Path of `table.md`.
    """
    out = pathlib.Path(out)
    results = train_rows(
        ROWS,
        _STAGES,
        wardrobes,
        out,
        seeds=seeds,
        settings=settings,
    )
    loaded = {f: Wardrobe.load(f) for f in map(pathlib.Path, wardrobes)}
    encoders = []
    for folder, wardrobe in loaded.items():
        world = out / "runs" / world_name(folder, loaded)
        # Its own, or the one that the settings name.
        encoder = encoder_run(RunFolder(world / "seed-0" / "adde-m-small"))
        encoders.append(
            {"row": folder.name, **evaluate_adde(encoder, wardrobe, "test")}
        )
        for seed in range(seeds):
            run = RunFolder(world / f"seed-{seed}" / "adde-m-small")
            results += [
                {"row": row, "wardrobe": folder.name, "seed": seed, **report}
                for row, report in _baselines(run, encoder, wardrobe).items()
            ]
    last = world / "seed-0"
    draw_manipulation(
        RunFolder(last / "adde-m-small"), wardrobe, out / "manipulation.png"
    )
    draw_similarity(
        RunFolder(last / "adde-c"), wardrobe, out / "similarity.png"
    )
    accuracy = {
        f"attribute_accuracy.{name}": name
        for report in encoders
        for name in report["attribute_accuracy"]
    }
    by_attribute = {
        f"triplet_accuracy_by_attribute.{name}": name
        for result in results
        for name in result.get("triplet_accuracy_by_attribute", ())
    }
    tables = {
        "accuracy": (summarise(encoders, accuracy), accuracy),
        "manipulation": (
            summarise([r for r in results if "attributes" in r], _MANIPULATION),
            _MANIPULATION,
        ),
        "similarity": (
            summarise(
                [r for r in results if "triplet_accuracy" in r],
                {**_SIMILARITY, **by_attribute},
            ),
            {**_SIMILARITY, **by_attribute},
        ),
    }
    with atomic_path(out / "table.json") as partial:
        content = {
            **{name: table for name, (table, _) in tables.items()},
            "results": results,
            "encoders": encoders,
        }
        partial.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    with atomic_path(out / "table.md") as partial:
        partial.write_text(_markdown(tables, results, seeds), "utf-8")
    with atomic_path(out / "table.png") as partial:
        _plot(tables["manipulation"][0]).savefig(partial, format="png", dpi=120)
    return out / "table.md"


def _baselines(run, encoder_run, wardrobe):
    """Manipulation by the encoder alone, and by an untrained memory."""
    config = run.read_config()
    encoder = load_adde(encoder_run)
    labels = adde_labels(encoder, wardrobe)
    queries = change_queries(config, labels, wardrobe, "test")
    content = adde_m_content(run, config, wardrobe)
    memory = AttributeMemory(labels.counts, encoder.dim)
    memory.build()
    model = ADDEM(encoder, memory)
    reports = {}
    for name in (_NO_MEMORY, _PROTOTYPES):
        if name == _PROTOTYPES:
            rows = (item_splits(wardrobe) == "train").nonzero()[0]
            memory.load_prototypes(
                mean_prototypes(encoder, content, labels, rows, config["seed"])
            )
        reports[name] = {
            "count": len(queries),
            "k": config["k"],
            "attributes": measure_changes(
                model, content, labels, queries, config["k"]
            ),
        }
    return reports


def _markdown(tables, results, seeds):
    wardrobes = sorted({result["wardrobe"] for result in results})
    counts = sorted({r["count"] for r in results if "attributes" in r})
    triplets = sorted({r["count"] for r in results if "triplet_accuracy" in r})
    lines = [
        f"Test items of {', '.join(wardrobes)}; {seeds} model seeds on one "
        "encoder a wardrobe; mean ± standard deviation, in %.",
        "",
        "Attribute accuracy of the encoder:",
        "",
        *markdown_table(*tables["accuracy"]),
        "",
        f"Attribute manipulation, {_range(counts)} queries; a perfect list "
        "has an NDCG of 1:",
        "",
        *markdown_table(
            *tables["manipulation"], [_NO_MEMORY, _PROTOTYPES, ADDE_M]
        ),
        "",
        f"Conditional similarity, {_range(triplets)} triplets:",
        "",
        *markdown_table(*tables["similarity"]),
    ]
    return "\n".join(lines) + "\n"


def _range(counts):
    return f"{counts[0]:,}" + (f" to {counts[-1]:,}" if counts[1:] else "")


def _plot(table):
    """The four numbers of manipulation, side by side."""
    figure = matplotlib.figure.Figure(figsize=(9, 4), layout="constrained")
    axes = figure.subplots()
    names = [_NO_MEMORY, _PROTOTYPES, ADDE_M]
    for place, name in enumerate(names):
        means, deviations = zip(
            *(table[name].get(key, (0, 0)) for key in _MANIPULATION),
            strict=True,
        )
        places = [x + 0.27 * (place - 1) for x in range(len(means))]
        axes.bar(places, means, 0.25, yerr=deviations, label=name)
    axes.set_xticks(range(len(_MANIPULATION)), _MANIPULATION.values())
    axes.set_ylim(0, 1)
    axes.legend(fontsize="small")
    return figure
