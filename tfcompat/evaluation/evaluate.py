"""The metrics of a finished run on a part of a wardrobe."""

import logging

from tfcompat.data.errors import InputError
from tfcompat.data.questions import questions_from_votes
from tfcompat.evaluation.attribute_evaluation import (
    evaluate_adde,
    evaluate_adde_m,
    evaluate_similarity,
)
from tfcompat.evaluation.evaluate_designs import evaluate_designer
from tfcompat.evaluation.evaluate_matcher import evaluate_matcher
from tfcompat.evaluation.medal_evaluation import evaluate_medal
from tfcompat.evaluation.oracles import oracle_metrics
from tfcompat.evaluation.outfit_evaluation import evaluate_outfits
from tfcompat.metrics.vote_report import evaluate_votes
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.stage_one_scores import score_item_votes
from tfcompat.training.trained_designer import DESIGNERS
from tfcompat.training.trained_matcher import is_matcher
from tfcompat.training.trained_scorer import TrainedScorer

_LOG = logging.getLogger(__name__)
_OTHERS = {
    "ADDEConfig": evaluate_adde,
    "ADDEMConfig": evaluate_adde_m,
    "SimilarityConfig": evaluate_similarity,
    "OutfitConfig": evaluate_outfits,
    "MedalConfig": evaluate_medal,
}
_ITEM_MODELS = ("PartialDualConfig", "StyNetConfig", "TwoTowerConfig")


def evaluate_run(path, wardrobe, split="test", **judges):
    """Measures a run by the metrics of its model's paper.

    Args:
        path: The run folder.
        wardrobe: `Wardrobe`.
        split: "train", "valid" or "test".
        **judges: "features" and "scorer" of a run that designs, as
            `evaluate_designer` takes them.

    Returns:
        Dict with the keys that docs/results.md and `evaluate --json` name.

    Raises:
        InputError: If the run is unfinished, scores no votes, or the wardrobe
            has no votes in the split.
    """
    run = RunFolder(path)
    run.require_finished()
    model = run.read_config()["config"]
    if model in DESIGNERS:
        return evaluate_designer(path, wardrobe, split, **judges)
    if any(judges.values()):
        raise InputError(
            f"{run.path}: designs nothing that --features and --scorer could "
            "look at."
        )
    if model in _OTHERS:
        return {
            "model": model.removesuffix("Config"),
            "run": str(run.path),
            "split": split,
            **_OTHERS[model](run, wardrobe, split),
        }
    if is_matcher(run):
        return evaluate_matcher(path, wardrobe, split)
    if model in _ITEM_MODELS:
        kind, votes = "item", wardrobe.item_votes
    elif model == "GarmentEncoderConfig":
        raise InputError(
            f"{run.path}: a garment encoder scores no votes; its accuracy is "
            "in metrics.json."
        )
    else:
        kind, votes = "pair", wardrobe.pair_votes
    votes = votes[votes["split"] == split]
    if votes.empty:
        raise InputError(
            f"{wardrobe.folder}: {kind}_votes.csv has no votes in {split}."
        )
    if kind == "pair":
        scorer = TrainedScorer(path, wardrobe)
        scores = scorer.score(questions_from_votes(votes, split))[:, 0]
    else:
        scores = score_item_votes(run, wardrobe, votes)
    report = evaluate_votes(
        votes["vote"].to_numpy() > 0, scores, votes["customer"].to_numpy()
    )
    skipped = report["customers_skipped"]["roc_auc"]
    if skipped:
        _LOG.info(
            "%d customers have votes of one kind only and no ROC AUC", skipped
        )
    return {
        "model": model.removesuffix("Config"),
        "run": str(run.path),
        "split": split,
        **report,
        **oracle_metrics(wardrobe, kind, votes),
    }
