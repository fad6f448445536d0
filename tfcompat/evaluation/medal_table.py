"""MEDAL's table: baselines, ablations, and what untrained features tell."""

import json
import logging
import pathlib

import numpy as np

from tfcompat.data.files import atomic_path
from tfcompat.data.images import ImageStore
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.evaluation.medal_evaluation import measure_scorer
from tfcompat.evaluation.medal_page import COLUMNS
from tfcompat.evaluation.medal_pictures import retrieval_rows
from tfcompat.evaluation.outfit_evaluation import OutfitTasks
from tfcompat.evaluation.picture_rows import write_picture_rows
from tfcompat.evaluation.reproduction import (
    Row,
    markdown_table,
    oracle_results,
    summarise,
    teach_attributes,
    train_rows,
)
from tfcompat.layers.colour_embedding import ColourEmbedding
from tfcompat.training.clip_features import clip_features, resolve_clip
from tfcompat.training.latent_scorer import LatentScorer
from tfcompat.training.medal_data import count_colours
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.trained_medal import TrainedMedal

_LOG = logging.getLogger(__name__)
MEDAL = "MEDAL"
_STAGES = {"clip": "clip-small"}
_CLIP, _COLOURS = "Frozen CLIP, images alone", "Colour histograms alone"
_ORACLE = "The stylists' own score"
ROWS = (
    Row(MEDAL, "medal-small"),
    Row("without colour", "medal-small", ("colour_dim=0", "vision_dim=128")),
    Row("without text", "medal-small", ("aids=",)),
    Row("text in triplets alone", "medal-small", ("alignment_weight=0.0",)),
    Row("with CLIP's images beside text", "medal-small", ("aids=text,image",)),
    Row(
        "without self-supervision", "medal-small", ("distillation_weight=0.0",)
    ),
    Row("without meta-spaces", "medal-small", ("types=none",)),
    Row(
        "Siamese, the same transformer",
        "medal-small",
        (
            "colour_dim=0",
            "vision_dim=128",
            "aids=",
            "distillation_weight=0.0",
            "types=none",
        ),
    ),
)
# These look through an encoder that was taught attributes.
ATTRIBUTE_ROWS = (
    Row("Siamese, taught attributes", "outfit-siamese"),
    Row("CSA-Net, taught attributes", "csa-net"),
)


def reproduce_medal(wardrobes, out, *, seeds=3, settings=()):
    """Trains, tests and writes the whole table.

    Args:
        wardrobes: Folders.
        out: Folder for runs, `table.md`, `table.json` and `retrieval.png`.
        seeds: Number of model seeds.
        settings: As of `train_rows`; "worn=FOLDER" adds a row that learns
            from harvested photos too.

    Returns:
        Path of `table.md`. CSA-Net is in it where all wardrobes have
        attributes, or the settings name an encoder that was taught some.
    """
    out = pathlib.Path(out)
    worn = [text for text in settings if text.startswith("worn=")]
    settings = [text for text in settings if text not in worn]
    rows = list(ROWS)
    if worn:
        rows.append(
            Row("with outfits cut from photos", "medal-small", (*worn,))
        )
    stages = dict(_STAGES)
    if teach_attributes(wardrobes, settings):
        rows += ATTRIBUTE_ROWS
        stages["encoder"] = "adde-small"
    else:
        _LOG.warning(
            "No attributes: %s are left out.",
            " and ".join(row.name for row in ATTRIBUTE_ROWS),
        )
    results = train_rows(
        rows, stages, wardrobes, out, seeds=seeds, settings=settings
    )
    own = [result for result in results if result["row"] == MEDAL]
    oracles = oracle_results(own, {"oracle": _ORACLE})
    measured = [*results, *_untrained(own), *oracles]
    table = summarise(measured, COLUMNS)
    with atomic_path(out / "table.json") as partial:
        content = {"rows": table, "results": measured}
        partial.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    run = own[0]["run"]
    wardrobe = _wardrobe(run)
    trained = TrainedMedal(run, wardrobe)
    write_picture_rows(retrieval_rows(trained, wardrobe), out / "retrieval.png")
    names = sorted({result["wardrobe"] for result in results})
    origins = sorted(
        {
            result["clip_origin"]
            for result in results
            if result.get("clip_is_pretrained") is False
        }
    )
    lines = [
        f"Test outfits of {', '.join(names)}; {seeds} model seeds; mean ± "
        "standard deviation, in %. Retrieval is within the hidden item's "
        "fine-grained category, averaged over categories.",
        *(f"CLIP: {origin}." for origin in origins),
        "",
        *markdown_table(table, COLUMNS),
    ]
    with atomic_path(out / "table.md") as partial:
        partial.write_text("\n".join(lines) + "\n", "utf-8")
    return out / "table.md"


def _untrained(results):
    """What CLIP's images, and colours, tell by themselves."""
    rows = []
    for result in results:
        run = RunFolder(result["run"])
        wardrobe = _wardrobe(run.path)
        clip = resolve_clip(run.read_config()["clip"], wardrobe, run)
        tasks = OutfitTasks(wardrobe, "test")
        for name, vectors in (
            (_CLIP, clip_features(clip, wardrobe)["image"]),
            (_COLOURS, colour_vectors(wardrobe)),
        ):
            rows.append(
                {
                    "row": name,
                    "wardrobe": result["wardrobe"],
                    "seed": result["seed"],
                    **measure_scorer(tasks, LatentScorer(vectors)),
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
    images = ImageStore(wardrobe.image_paths, image_size)
    layer = ColourEmbedding(1, side=image_size)
    return np.sqrt(count_colours(layer, images))
