"""Both protocols of GECo, for it and its baselines."""

from tfcompat.data.compatible_pairs import (
    choose_source,
    compatibility_questions,
)
from tfcompat.evaluation.compatibility_oracles import compatibility_oracles
from tfcompat.evaluation.compatibility_protocols import evaluate_protocols
from tfcompat.training.trained_matcher import TrainedMatcher


def evaluate_matcher(path, wardrobe, split="test"):
    """Measures a run of GECo or one of its baselines.

    Args:
        path: The run folder.
        wardrobe: `Wardrobe`.
        split: "train", "valid" or "test".

    Returns:
        Dict as `evaluate_run` returns it: what `evaluate_protocols` measures,
        and what the truth would, of a simulated wardrobe.

    Raises:
        InputError: If the run is unfinished or another model's, or the
            wardrobe has no pairs in the split.
    """
    matcher = TrainedMatcher(path, wardrobe)
    config = matcher.config
    questions = compatibility_questions(
        wardrobe,
        config.query_group,
        config.candidate_group,
        split,
        config.pairs,
    )
    source = config.pairs
    if source == "auto":
        source = choose_source(wardrobe)
    oracles = {}
    if source != "questions":
        oracles = compatibility_oracles(wardrobe, questions, source == "votes")
    return {
        "model": type(config).__name__.removesuffix("Config"),
        "run": str(path),
        "split": split,
        "pairs": source,
        **evaluate_protocols(matcher.score, matcher.score_blocks, questions),
        **oracles,
    }
