"""The metrics of outfit models: compatibility, FITB and retrieval."""

import numpy as np

from tfcompat.data.outfit_tables import (
    read_compatibility,
    read_fill_in_the_blank,
)
from tfcompat.data.outfits import (
    fill_in_the_blank,
    pairs_of_outfits,
    read_outfits,
    retrieve_within_kind,
    spoil_outfits,
)
from tfcompat.evaluation.attribute_evaluation import encoder_run, load_model
from tfcompat.evaluation.oracles import load_world
from tfcompat.metrics.fill_in_the_blank import FillInTheBlankAccuracy
from tfcompat.metrics.mean_reciprocal_rank import MeanReciprocalRank
from tfcompat.metrics.recall_at_k import RecallAtK
from tfcompat.metrics.vote_report import evaluate_votes
from tfcompat.training.adde import adde_features
from tfcompat.training.outfits import score_outfits

_SEED = 0  # Of the questions, which must not move with a model's seed.
_GALLERY = 3000  # Items to retrieve from.


def evaluate_outfits(run, wardrobe, split):
    """Measures an outfit model.

    Questions that the wardrobe brings are taken; otherwise one item of each
    outfit is hidden and wrong answers are of its fine-grained category, and
    incompatible outfits are random items of the same categories. Retrieval
    looks for the hidden item among at most 3,000 items of its category, of
    which a simulated wardrobe has some hundreds: a recall on another wardrobe
    is no recall on Polyvore.

    Args:
        run: Finished `RunFolder` of an outfit model.
        wardrobe: `Wardrobe`.
        split: "train", "valid" or "test".

    Returns:
        Dict of "count" of outfits, "overall.roc_auc" of compatibility,
        "fitb_accuracy", "retrieval"; and "oracle" with the same of the
        stylists' own score, where the wardrobe is simulated.
    """
    features = adde_features(encoder_run(run), wardrobe)
    model = load_model(run)
    tasks = OutfitTasks(wardrobe, split, run.read_config()["least_items"])
    report = tasks.measure(
        lambda questions: score_outfits(model, questions, features, wardrobe)
    )
    world = load_world(wardrobe)
    if world is not None:
        report["oracle"] = tasks.measure(
            lambda questions: stylist_scores(world, questions)
        )
        del report["oracle"]["count"]
    return report


class OutfitTasks:
    """The questions of a part of a wardrobe's outfits.

    Args:
        wardrobe: `Wardrobe`.
        split: "train", "valid" or "test".
        least_items: Smaller outfits are left out.
    """

    def __init__(self, wardrobe, split, least_items=2):
        kinds = wardrobe.item_categories
        outfits = read_outfits(wardrobe, split, least_items)
        self.count = len(outfits)
        self.blanks = read_fill_in_the_blank(wardrobe, split)
        if self.blanks is None:
            self.blanks = fill_in_the_blank(outfits, kinds, seed=_SEED)
        compatibility = read_compatibility(wardrobe, split)
        if compatibility is None:
            mixed, labels = spoil_outfits(outfits, kinds, _SEED)
            compatibility = (*pairs_of_outfits(mixed), labels)
        self.pairs, self.owners, self.labels = compatibility
        self.retrieval = retrieve_within_kind(
            outfits, kinds, most=_GALLERY, seed=_SEED
        )
        self.kinds = kinds[self.retrieval.candidates[:, 0]]

    def measure(self, score):
        """Measures by a function from `OutfitQuestions` to scores."""
        scores = score(self.pairs)[:, 0]
        count = np.bincount(self.owners, minlength=len(self.labels))
        total = np.bincount(self.owners, scores, minlength=len(self.labels))
        compatibility = evaluate_votes(
            self.labels > 0, total / count, np.zeros(len(self.labels), int)
        )
        blanks = FillInTheBlankAccuracy()
        blanks.update_state(self.blanks.labels, score(self.blanks))
        return {
            "count": self.count,
            "overall": {"roc_auc": compatibility["overall"]["roc_auc"]},
            "fitb_accuracy": float(blanks.result()),
            "retrieval": self._retrieve(score(self.retrieval)),
        }

    def _retrieve(self, scores):
        """Means over categories of each one's mean.

        As published over the categories that fill a gallery, 27 and 16 of
        Polyvore's; over all where none does, as on simulated wardrobes.
        """
        metrics = {
            "mrr": MeanReciprocalRank,
            **{
                f"recall_at_{k}": lambda k=k: RecallAtK(k) for k in (10, 30, 50)
            },
        }
        # A place without a candidate ranks below all that are there.
        scores = np.where(np.isfinite(scores), scores, scores.min() - 1.0)
        scores = np.nan_to_num(scores, neginf=-1e9)
        is_full = np.all(self.retrieval.candidates >= 0, axis=1) & (
            self.retrieval.candidates.shape[1] == _GALLERY
        )
        kinds = np.unique(self.kinds[is_full] if is_full.any() else self.kinds)
        report = {}
        for name, make in metrics.items():
            means = []
            for kind in kinds:
                rows = self.kinds == kind
                metric = make()
                metric.update_state(self.retrieval.labels[rows], scores[rows])
                means.append(float(metric.result()))
            report[name] = float(np.mean(means))
        return report


def stylist_scores(world, questions):
    """What the stylists of a simulated world would say of questions."""
    scores = []
    for outfit, candidates in zip(
        questions.outfit, questions.candidates, strict=True
    ):
        items = outfit[outfit >= 0]
        asked = np.maximum(candidates, 0)
        found = world.layered_score(items[:, None], asked).mean(axis=0)
        scores.append(np.where(candidates >= 0, found, -np.inf))
    return np.array(scores)
