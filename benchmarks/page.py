"""The page of benchmarks: tables, and time against size."""

import itertools
import math
import pathlib

from benchmarks.running import LIMITS

TITLES = {
    "start_up": "Start-up",
    "loading": "Loading a wardrobe",
    "input_pipeline": "Images from files to batches",
    "training_step": "Training steps",
    "precision": "Number formats: what they learn",
    "repeated_items": "Items that repeat over votes",
    "stage_one": "Stage 1",
    "retrieval": "Retrieval",
    "attribute_queries": "Attributes: queries and features",
    "bulk_embedding": "Embedding a catalogue",
    "evaluation": "Evaluation",
    "serving": "Serving",
}
_SIZES = {"stage 1": "ratings", "retrieval": "items", "evaluation": "votes"}
_HEADER = (
    "| what | ours | against | theirs | ratio | goal | met | peak MB |\n"
    "|---|---|---|---|---|---|---|---|"
)


def line(row):
    """One row as text, for a terminal."""
    text = f"{row.what}: {figure(row.ours)} {row.unit}"
    if row.theirs is not None:
        text += f" against {figure(row.theirs)} of {row.against}"
    elif row.against:
        text += f" ({row.note})"
    if row.ratio is not None:
        text += f", ratio {figure(row.ratio)}"
    if row.goal:
        text += f", goal {row.goal}: {_verdict(row)}"
    return text


def write_page(results, folder):
    """Writes `benchmarks.md` and `scaling.png`.

    Args:
        results: `Results`.
        folder: `pathlib.Path`, there already.
    """
    parts = [(pathlib.Path(__file__).parent / "page_start.md").read_text()]
    for name in LIMITS:
        if name in results.entries:
            parts.append(_section(name, results.entries[name]))
    if _draw(results, folder / "scaling.png"):
        parts.append(
            "## Time against size\n\n![Seconds against size, both axes "
            "logarithmic](scaling.png)\n"
        )
    parts.append((pathlib.Path(__file__).parent / "page_end.md").read_text())
    (folder / "benchmarks.md").write_text("\n".join(parts))


def _section(name, entry):
    machine = entry["machine"]
    lines = [
        f"## {TITLES[name]}\n",
        f"`{entry['command']}`, {machine['date']}, {machine['cores']} cores of "
        f"{machine['processor']} ({', '.join(machine['instruction_sets'])}), "
        f"{machine['memory_gigabytes']} GB; load at the start "
        f"{machine['load_at_start']}; {entry['seconds']:.0f} s.",
    ]
    if entry["small"]:
        lines.append("\n**Tiny sizes, which only show that it runs.**")
    if entry["failure"]:
        lines.append(f"\n**Not finished: {entry['failure']}.**")
    if entry["rows"]:
        lines += ["", _HEADER, *map(_table_line, entry["rows"])]
    notes = dict.fromkeys(row.note for row in entry["rows"] if row.note)
    lines += ["", *(f"- {note}" for note in notes)] if notes else []
    return "\n".join(lines) + "\n"


def _table_line(row):
    cells = [
        row.what,
        f"{figure(row.ours)} {row.unit}",
        row.against,
        figure(row.theirs),
        figure(row.ratio),
        row.goal.replace(">=", "≥").replace("<=", "≤"),
        _verdict(row),
        figure(row.peak_megabytes),
    ]
    return f"| {' | '.join(cells)} |"


def _verdict(row):
    return {True: "yes", False: "**no**", None: ""}[row.meets_goal]


def figure(value):
    """A number with three digits that count; "–" for none."""
    if value is None or math.isnan(value):
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _draw(results, path):
    """Draws the scaling plot; returns whether there was anything to draw."""
    rows = [row for entry in results.entries.values() for row in entry["rows"]]
    rows = [row for row in rows if row.series]
    if not rows:
        return False
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # A panel a benchmark: "stage 1: ours" is the line "ours" of "stage 1".
    rows.sort(key=lambda row: (row.series, row.size))
    curves = {
        series: list(points)
        for series, points in itertools.groupby(rows, lambda row: row.series)
    }
    panels = list(dict.fromkeys(s.partition(": ")[0] for s in curves))
    drawing = Figure(figsize=(4.2 * len(panels), 3.6), layout="constrained")
    FigureCanvasAgg(drawing)
    for place, panel in enumerate(panels):
        axes = drawing.add_subplot(1, len(panels), place + 1)
        for series, points in curves.items():
            title, _, name = series.partition(": ")
            if title == panel:
                axes.plot(
                    [row.size for row in points],
                    [row.seconds for row in points],
                    marker="o",
                    label=name,
                )
        axes.set(xscale="log", yscale="log", title=panel)
        axes.set(xlabel=_SIZES.get(panel, "size"), ylabel="seconds")
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
    drawing.savefig(path, dpi=110)
    return True
