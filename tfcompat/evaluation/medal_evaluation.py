"""How often a model of pairs finds what was worn with an item."""

from tfcompat.data.outfit_pairs import hidden_item_questions, outfit_pairs
from tfcompat.evaluation.oracles import load_world
from tfcompat.metrics.fill_in_the_blank import FillInTheBlankAccuracy
from tfcompat.metrics.mean_reciprocal_rank import MeanReciprocalRank
from tfcompat.metrics.recall_at_k import RecallAtK
from tfcompat.training.trained_medal import TrainedMedal

_SEED = 0  # Of the questions, which do not move with a model's seed.
_RECALLS = (10, 30, 50)


def evaluate_medal(path, wardrobe, split="test"):
    """Measures a run of MEDAL.

    Args:
        path: The run folder.
        wardrobe: `Wardrobe`.
        split: "train", "valid" or "test".

    Returns:
        Dict as `evaluate_run` returns it: what `evaluate_pairs` measures,
        where CLIP's weights are from, and what the stylists' own score would
        measure, of a simulated wardrobe.

    Raises:
        InputError: If the run is unfinished or another model's, or the
            wardrobe has no outfits in the split.
    """
    trained = TrainedMedal(path, wardrobe)
    world = load_world(wardrobe)
    oracle = {}
    if world is not None:
        measured = evaluate_pairs(
            lambda asked: world.stylist_score(
                asked.query[:, None], asked.candidates
            ),
            wardrobe,
            split,
        )
        del measured["count"]
        oracle = {"oracle": measured}
    return {
        "model": "Medal",
        "run": str(path),
        "split": split,
        **trained.clip,
        **evaluate_pairs(trained.score, wardrobe, split),
        **oracle,
    }


def evaluate_pairs(score, wardrobe, split):
    """Measures a scorer of pairs on a part of a wardrobe's outfits.

    Of every two items of different groups in an outfit one is shown and the
    other hidden: among four items of its group (FITB), and among all of them.

    Args:
        score: Function from `Questions` `[n, c]` to scores `[n, c]`.
        wardrobe: `Wardrobe`.
        split: "train", "valid" or "test".

    Returns:
        Dict of "count", "fitb_accuracy" and "retrieval" with "mrr" and
        "recall_at_k"; recalls of k as large as the smallest group are 1.

    Raises:
        InputError: If the part has no outfits.
    """
    pairs = outfit_pairs(wardrobe, (split,))
    groups = wardrobe.item_groups
    few = hidden_item_questions(pairs, groups, seed=_SEED)
    blank = FillInTheBlankAccuracy()
    blank.update_state(few.labels, score(few))
    found = {
        "mrr": MeanReciprocalRank(),
        **{f"recall_at_{k}": RecallAtK(k) for k in _RECALLS},
    }
    # Group by group: their sizes differ, and no row is filled up.
    for questions in retrieval_questions(pairs, groups):
        scores = score(questions)
        for metric in found.values():
            metric.update_state(questions.labels, scores)
    return {
        "count": len(pairs),
        "fitb_accuracy": float(blank.result()),
        "retrieval": {
            name: float(metric.result()) for name, metric in found.items()
        },
    }


def retrieval_questions(pairs, groups):
    """One `Questions` a group: its hidden items among all of the group.

    Args:
        pairs: `Questions` `[n, 1]` of `outfit_pairs`.
        groups: int `[items]`.

    Returns:
        List of `Questions`.
    """
    asked = groups[pairs.candidates[:, 0]]
    parts = []
    for group in sorted(set(asked.tolist())):
        rows = asked == group
        part = type(pairs)(
            pairs.customer[rows],
            pairs.query[rows],
            pairs.candidates[rows],
            pairs.labels[rows],
        )
        parts.append(
            hidden_item_questions(part, groups, candidates=0, seed=_SEED)
        )
    return parts
