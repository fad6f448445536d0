"""MEDAL's table: its ablations, and frozen CLIP and colours alone."""

import json
import pathlib

import numpy as np
import pandas as pd
import tensorflow as tf

from tfcompat.data.files import atomic_path
from tfcompat.data.images import ImageStore
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.evaluation.medal_evaluation import evaluate_pairs
from tfcompat.evaluation.medal_pictures import draw_retrieval
from tfcompat.evaluation.reproduction import Row, train_rows
from tfcompat.layers.colour_embedding import ColourEmbedding
from tfcompat.training.clip_features import clip_features, resolve_clip
from tfcompat.training.latent_scorer import LatentScorer
from tfcompat.training.run_folder import RunFolder

MEDAL = "MEDAL"
_STAGES = {"clip": "clip-small"}
_CLIP, _COLOURS = "Frozen CLIP, images alone", "Colour histograms alone"
_ORACLE = "The stylists' own score"
ROWS = (
    Row(MEDAL, "medal-small"),
    Row("without colour", "medal-small", ("colour_dim=0", "vision_dim=128")),
    Row("without text", "medal-small", ("aids=image",)),
    Row("without text and CLIP's images", "medal-small", ("aids=",)),
    Row(
        "without self-supervision", "medal-small", ("distillation_weight=0.0",)
    ),
    Row("without meta-spaces", "medal-small", ("types=none",)),
)
_COLUMNS = {
    "fitb_accuracy": "FITB",
    "retrieval.recall_at_10": "Recall@10",
    "retrieval.recall_at_30": "Recall@30",
    "retrieval.recall_at_50": "Recall@50",
    "retrieval.mrr": "MRR",
}


def reproduce_medal(wardrobes, out, *, seeds=3, settings=()):
    """Trains, tests and writes the whole table.

    Args:
        wardrobes: Folders.
        out: Folder for runs, `table.md`, `table.json` and `retrieval.png`.
        seeds: Number of model seeds.
        settings: "name=value" texts for all runs that know the name;
            "worn=FOLDER" adds a row that learns from harvested photos too.

    Returns:
        Path of `table.md`.
    """
    out = pathlib.Path(out)
    worn = [text for text in settings if text.startswith("worn=")]
    settings = [text for text in settings if text not in worn]
    rows = list(ROWS)
    if worn:
        rows.append(
            Row("with outfits cut from photos", "medal-small", (*worn,))
        )
    results = train_rows(
        rows, _STAGES, wardrobes, out, seeds=seeds, settings=settings
    )
    table = [*results, *_oracles(results), *_untrained(results)]
    with atomic_path(out / "table.json") as partial:
        partial.write_text(json.dumps(table, indent=2) + "\n", "utf-8")
    first = next(result for result in results if result["row"] == MEDAL)
    draw_retrieval(first["run"], _wardrobe(first["run"]), out / "retrieval.png")
    with atomic_path(out / "table.md") as partial:
        partial.write_text(_markdown(table, rows, seeds), "utf-8")
    return out / "table.md"


def _oracles(results):
    return [
        {
            "row": _ORACLE,
            "wardrobe": result["wardrobe"],
            "seed": result["seed"],
            **result["oracle"],
        }
        for result in results
        if result["row"] == MEDAL and "oracle" in result
    ]


def _untrained(results):
    """What CLIP's images, and colours, tell by themselves."""
    rows = []
    for result in results:
        if result["row"] != MEDAL:
            continue
        run = RunFolder(result["run"])
        wardrobe = _wardrobe(run.path)
        clip = resolve_clip(run.read_config()["clip"], wardrobe, run)
        for name, vectors in (
            (_CLIP, clip_features(clip, wardrobe)["image"]),
            (_COLOURS, colour_vectors(wardrobe)),
        ):
            scorer = LatentScorer(vectors)
            rows.append(
                {
                    "row": name,
                    "wardrobe": result["wardrobe"],
                    "seed": result["seed"],
                    **evaluate_pairs(
                        lambda asked, by=scorer: by.score(
                            asked.query, asked.candidates
                        ),
                        wardrobe,
                        "test",
                    ),
                }
            )
    return rows


def _wardrobe(run):
    """The wardrobe that a run learnt from."""
    return Wardrobe.load(RunFolder(run).read_json("data.json")["wardrobe"])


def colour_vectors(wardrobe, image_size=32):
    """Rooted colour histograms of all items' garments, unit length.

    Args:
        wardrobe: `Wardrobe`.
        image_size: Side that images are looked at.

    Returns:
        float32 `[items, bins]`.
    """
    layer = ColourEmbedding(1, side=image_size)
    images = ImageStore(wardrobe.image_paths, image_size)
    return np.concatenate(
        [
            np.sqrt(
                layer.count(
                    images.batch(tf.range(i, min(i + 128, len(images))))
                )
            )
            for i in range(0, len(images), 128)
        ]
    )


def _markdown(results, rows, seeds):
    numbers = pd.json_normalize(results)
    origins = sorted(
        {
            r["clip_origin"]
            for r in results
            if r.get("clip_is_pretrained") is False
        }
    )
    names = sorted({result["wardrobe"] for result in results})
    lines = [
        f"Test outfits of {', '.join(names)}; {seeds} model seeds; mean ± "
        "standard deviation, in %. One item of each pair is hidden among four "
        "of its group (FITB) or all of them.",
        *(f"CLIP: {origin}." for origin in origins),
        "",
        "| | " + " | ".join(_COLUMNS.values()) + " |",
        "|---" * (len(_COLUMNS) + 1) + "|",
    ]
    for name in (*(row.name for row in rows), _CLIP, _COLOURS, _ORACLE):
        found = numbers[numbers["row"] == name]
        if len(found):
            cells = (
                f"{100 * found[key].mean():.2f} ± "
                f"{100 * found[key].std(ddof=0):.2f}"
                for key in _COLUMNS
            )
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
