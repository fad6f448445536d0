"""Those who judge designs: models that no designer has ever seen."""

import dataclasses

from tfcompat.data.design_batches import design_pairs
from tfcompat.evaluation.design_quality import (
    measure_compatibility,
    measure_designs,
    score_designs,
)
from tfcompat.evaluation.design_taste import measure_taste
from tfcompat.evaluation.garment_eyes import GarmentEyes
from tfcompat.evaluation.oracles import load_world
from tfcompat.training.config_files import load_config
from tfcompat.training.design_scorer import DesignScorer
from tfcompat.training.execution import execute
from tfcompat.training.garment_encoder import load_garment_encoder
from tfcompat.training.generation_features import generation_features

# Of the judges alone: designers stand on encoders of other seeds.
_SEED = 1000


class DesignJudges:
    """Measures designs by given networks.

    Args:
        wardrobe: `Wardrobe`.
        network: `GenerationFeatures`.
        encoder: `GarmentEncoder` that reads formality off designs, for
            "taste" on a simulated wardrobe; None leaves that out.
        scorer: `DesignScorer` for "compatibility"; None leaves that out.
    """

    def __init__(self, wardrobe, network, encoder=None, scorer=None):
        self.wardrobe = wardrobe
        self.network = network
        self.scorer = scorer
        self.world = load_world(wardrobe)
        self.eyes = None
        if self.world is not None and encoder is not None:
            self.eyes = GarmentEyes(
                encoder, wardrobe.items, self.world.traits.formality
            )

    def measure(self, designer, split, *, customers=None, most=None):
        """All numbers of one designer.

        Args:
            designer: `TrainedDesigner` of the wardrobe.
            split: Part of the pair votes.
            customers: int array of customer rows to measure on; None for all.
            most: Most liked pairs to design for; None for all.

        Returns:
            Tuple of the report, a dict of "count", "generation" and, where
            there is what it takes, "compatibility" and "taste"; and the
            scores, as `score_designs` returns them, or None.

        Raises:
            InputError: If there are too few pairs for the FID.
        """
        pairs = self._pairs(designer, split, customers, most)
        images = designer.images
        measured = measure_designs(designer, pairs, images, self.network)
        report = {"count": measured.pop("images"), "generation": measured}
        scores = None
        if self.scorer is not None:
            scores = score_designs(
                designer, pairs, images, self.scorer, self.wardrobe
            )
            report["compatibility"] = measure_compatibility(scores)
        if self.eyes is not None:
            report["taste"] = measure_taste(
                designer, self.world, self.eyes, pairs, images
            )
        return report, scores

    def measure_real(self, designer, split, *, most=None):
        """The same numbers of real items: marks that designs are held to.

        The generation metrics are of the true items that `measure` compares
        with, the taste is of what each customer truly likes best.

        Args:
            designer: `TrainedDesigner`, whose task and image size are taken.
            split: Part of the pair votes.
            most: Most liked pairs; None for all.

        Returns:
            Dict of "count", "generation" and, on a simulated wardrobe,
            "taste".
        """
        pairs = self._pairs(designer, split, None, most)
        images = designer.images
        measured = measure_designs(None, pairs, images, self.network)
        report = {"count": measured.pop("images"), "generation": measured}
        if self.eyes is not None:
            report["taste"] = measure_taste(
                None, self.world, self.eyes, pairs, images
            )
        return report

    def _pairs(self, designer, split, customers, most):
        config = designer.config
        pairs = design_pairs(
            self.wardrobe, config["query_group"], config["target_group"], split
        )
        if customers is not None:
            pairs = pairs.of(customers)
        return pairs if most is None else pairs.sample(most)


def train_judges(folder, wardrobe, inception_weights=""):
    """Judges of a wardrobe's designs, trained if they are not there yet.

    They learn from training and validation part, as the designers do.

    Args:
        folder: Folder of the two runs, `judge-encoder` and `judge`.
        wardrobe: `Wardrobe`.
        inception_weights: As `generation_features`.

    Returns:
        `DesignJudges`.
    """
    encoder = dataclasses.replace(load_config("garment-encoder"), seed=_SEED)
    eyes = execute(encoder, wardrobe, folder / "judge-encoder", resume=True)
    scorer = dataclasses.replace(
        load_config("joint"),
        seed=_SEED,
        encoder=str(eyes.path),
        splits=("train", "valid"),
    )
    judge = execute(scorer, wardrobe, folder / "judge", resume=True)
    return DesignJudges(
        wardrobe,
        generation_features(eyes, inception_weights),
        load_garment_encoder(eyes.path),
        DesignScorer(judge.path, wardrobe),
    )
