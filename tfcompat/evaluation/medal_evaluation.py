"""The metrics of MEDAL, by the protocol of all outfit models."""

from tfcompat.evaluation.oracles import load_world
from tfcompat.evaluation.outfit_evaluation import OutfitTasks, stylist_scores
from tfcompat.training.trained_medal import TrainedMedal


def evaluate_medal(run, wardrobe, split):
    """Measures a run of MEDAL, which scores an outfit by its pairs.

    Args:
        run: Finished `RunFolder`.
        wardrobe: `Wardrobe`.
        split: "train", "valid" or "test".

    Returns:
        Dict of what `OutfitTasks` measures, where CLIP's weights are from, and
        what the stylists' own score would measure, of a simulated wardrobe.

    Raises:
        InputError: If the wardrobe has no outfits in the split.
    """
    trained = TrainedMedal(run.path, wardrobe)
    tasks = OutfitTasks(wardrobe, split)
    report = {**trained.clip, **measure_scorer(tasks, trained)}
    world = load_world(wardrobe)
    if world is not None:
        report["oracle"] = tasks.measure(
            lambda questions: stylist_scores(world, questions)
        )
        del report["oracle"]["count"]
    return report


def measure_scorer(tasks, scorer):
    """Measures whatever has `score_outfits`.

    Args:
        tasks: `OutfitTasks`.
        scorer: `TrainedMedal` or `LatentScorer`.

    Returns:
        Dict as `OutfitTasks.measure` returns it.
    """
    return tasks.measure(
        lambda questions: scorer.score_outfits(
            questions.outfit, questions.candidates
        )
    )
