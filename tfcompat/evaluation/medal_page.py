"""A page about runs of MEDAL: numbers, curves, and what they find."""

from tfcompat.evaluation.design_report import tabulate, write_page
from tfcompat.evaluation.medal_evaluation import evaluate_medal
from tfcompat.evaluation.medal_pictures import retrieval_rows
from tfcompat.evaluation.picture_rows import draw_picture_rows
from tfcompat.evaluation.report_plots import learning_curves
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.trained_medal import TrainedMedal

COLUMNS = {
    "overall.roc_auc": "compatibility AUC",
    "fitb_accuracy": "FITB",
    "retrieval.recall_at_10": "Recall@10",
    "retrieval.recall_at_30": "Recall@30",
    "retrieval.recall_at_50": "Recall@50",
    "retrieval.mrr": "MRR",
}
_PANELS = {
    "triplet": "triplet loss",
    "self_distillation": "self-supervised loss",
    "teacher_entropy": "teacher's entropy (1: collapsed)",
    "valid_recall_at_10": "validation Recall@10",
}


def is_medal(path):
    """Whether the run in a folder is one of MEDAL."""
    return RunFolder(path).read_config().get("config") == "MedalConfig"


def write_medal_page(runs, wardrobe, path, *, split="test"):
    """Writes a self-contained HTML page about runs of MEDAL.

    Args:
        runs: Dict from a name to the folder of a finished run.
        wardrobe: `Wardrobe`.
        path: File to write.
        split: Outfits to measure on and to ask about.

    Raises:
        InputError: If a run is none of MEDAL or is not finished, or the
            wardrobe has no outfits in the split.
    """
    runs = {name: RunFolder(folder) for name, folder in runs.items()}
    trained = {
        name: TrainedMedal(run.path, wardrobe) for name, run in runs.items()
    }
    reports = {
        name: evaluate_medal(run, wardrobe, split) for name, run in runs.items()
    }
    count = next(iter(reports.values()))["count"]
    origins = [
        f"{name}: {one.clip['clip_origin']}" for name, one in trained.items()
    ]
    oracle = next(iter(reports.values())).get("oracle")
    if oracle is not None:
        reports["the stylists' own score"] = oracle
    pictures = {
        name: {
            "title": f"What {name} finds",
            "note": "A garment that is asked about, what was worn with it, and "
            "the first ten of that group. Beneath each is its score, the "
            "negative distance; what was worn has a green frame.",
            "picture": draw_picture_rows(retrieval_rows(one, wardrobe, split)),
        }
        for name, one in trained.items()
    }
    curves = learning_curves(
        {name: run.read_history() for name, run in runs.items()}, _PANELS
    )
    if curves:
        shown = {"title": "Learning curves", "note": "", "uri": curves}
        pictures = {"curves": shown, **pictures}
    write_page(
        path,
        title="What goes together, by MEDAL",
        wardrobe=wardrobe,
        tables=[
            {
                "title": "How good",
                "note": f"{count:,} outfits of {split}; retrieval within the "
                "hidden garment's category, mean over categories. The frozen "
                f"CLIP that helped in training: {'; '.join(origins)}.",
                **tabulate(reports, COLUMNS),
            }
        ],
        pictures=pictures,
    )
