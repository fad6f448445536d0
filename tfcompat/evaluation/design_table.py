"""Tables 2 and 3 of the personalised designer, with pictures and a survey."""

import json
import pathlib

import numpy as np

from tfcompat.data.design_batches import design_pairs
from tfcompat.data.files import atomic_path
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.evaluation.design_judges import train_judges
from tfcompat.evaluation.design_markdown import design_markdown
from tfcompat.evaluation.design_report import (
    COLUMNS,
    draw_pictures,
    tabulate,
    write_page,
)
from tfcompat.evaluation.design_rows import NEW, OURS, TASKS, design_rows
from tfcompat.evaluation.design_survey import write_survey
from tfcompat.evaluation.reproduction import train_rows
from tfcompat.training.trained_designer import TrainedDesigner

STAGES = {"encoder": "garment-encoder"}
# 97 of 797, section 4.5.
_NEW_SHARE = 97 / 797


def reproduce_designer(
    wardrobes, out, *, seeds=1, settings=(), size="small", tasks=TASKS,
    most=2000, inception_weights="",
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
        inception_weights: Keras's `.h5` file of InceptionV3, whose features
            FID, KID and inception score then stand on; "" for those of the
            judges' garment encoder. Runs that are there are not trained
            again for it.

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
            measure=_measure(new_customers, most, inception_weights),
            report_name=f"test{_ending(inception_weights)}.json",
        )
        tables["-to-".join(task)] = results
        _show(rows, results, loaded[0], out, task)
    with atomic_path(out / "table.json") as partial:
        partial.write_text(json.dumps(tables, indent=1) + "\n", "utf-8")
    with atomic_path(out / "table.md") as partial:
        partial.write_text(
            design_markdown(tables, loaded, seeds, size), "utf-8"
        )
    return out / "table.md"


def _ending(inception_weights):
    """Of files whose numbers depend on the network that looks at designs."""
    return "-inception" if inception_weights else ""


def _measure(new_customers, most, inception_weights):
    """What measures a finished run, for `train_rows`."""
    ending = _ending(inception_weights)

    def real(judges, designer, path):
        """The report on the true items, the same for all rows of a task."""
        group = designer.config["target_group"]
        kept = path.parents[1] / f"real-{group}{ending}.json"
        if not kept.exists():
            report = judges.measure_real(designer, "test", most=most)
            with atomic_path(kept) as partial:
                partial.write_text(json.dumps(report), encoding="utf-8")
        return json.loads(kept.read_text(encoding="utf-8"))

    def measure(path, wardrobe):
        judges = train_judges(path.parents[1], wardrobe, inception_weights)
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
        return {**report, "real": real(judges, designer, path)}

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
        if row.name != NEW
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
                    {"Real": first[0]["real"]}
                    | {one["row"]: one for one in first if one["row"] != NEW},
                    COLUMNS,
                ),
            }
        ],
        pictures=pictures,
    )
