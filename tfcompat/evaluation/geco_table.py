"""`tfcompat reproduce geco`: GECo's Tables 2, 3 and 4 and its Figure 8."""

import json
import pathlib

from tfcompat.data.files import atomic_path
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.evaluation.geco_markdown import (
    COLUMNS,
    ORACLES,
    plot_sweep,
    write_markdown,
)
from tfcompat.evaluation.geco_page import write_geco_page
from tfcompat.evaluation.geco_rows import (
    GECO,
    PARTS,
    SLOW,
    SWEEP,
    TOP_ALONE,
    geco_rows,
    sweep_rows,
)
from tfcompat.evaluation.reproduction import (
    oracle_results,
    summarise,
    train_rows,
)


def reproduce_geco(
    wardrobes,
    out,
    *,
    seeds=3,
    settings=(),
    size="",
    designer="",
    parts=PARTS,
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
        parts: As `geco_rows`; what is written holds no others.

    Returns:
        Path of `table.md`.
    """
    out = pathlib.Path(out)
    loaded = [Wardrobe.load(folder) for folder in wardrobes]
    rows = geco_rows(size, loaded, designer, parts)
    swept_rows = sweep_rows(size, settings) if SWEEP in parts else ()
    stages = {
        "encoder": f"garment-encoder{size}",
        "generator": f"cigm{size}",
    }
    results = []
    # The slowest last: an interrupted reproduction then has most of it.
    for is_slow in (False, True):
        chosen = [row for row in rows if (row.name in SLOW) == is_slow]
        results += train_rows(
            chosen, stages, wardrobes, out, seeds=seeds, settings=settings
        )
    sweep = train_rows(
        swept_rows, stages, wardrobes, out, seeds=1, settings=settings
    )
    oracles = oracle_results(results, ORACLES)
    table = summarise([*results, *oracles], COLUMNS)
    swept = summarise(sweep, COLUMNS)
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
    text = write_markdown(rows, swept_rows, table, swept, results, seeds)
    with atomic_path(out / "table.md") as partial:
        partial.write_text(text, encoding="utf-8")
    if swept_rows:
        with atomic_path(out / "sweep.png") as partial:
            figure = plot_sweep(swept_rows, swept)
            figure.savefig(partial, format="png", dpi=120)
    runs = {
        result["row"]: result["run"]
        for result in reversed(results)  # The first seed's are left over.
        if result["row"] in (GECO, "MGCM", "Pix2PixCM", "BPR-DAE", TOP_ALONE)
        and result["wardrobe"] == results[0]["wardrobe"]
    }
    shown = {row.name: runs[row.name] for row in rows if row.name in runs}
    write_geco_page(shown, loaded[0], out / "page.html")
    return out / "table.md"
