"""The metrics of a designer's run, ours or a baseline's."""

import logging

from tfcompat.data.errors import InputError
from tfcompat.evaluation.design_judges import DesignJudges
from tfcompat.training.design_scorer import DesignScorer
from tfcompat.training.garment_encoder import load_garment_encoder
from tfcompat.training.generation_features import (
    garment_features,
    inception_features,
)
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.trained_designer import TrainedDesigner

_LOG = logging.getLogger(__name__)


def evaluate_designer(
    path, wardrobe, split="test", *, features="", scorer="", customers=None
):
    """Measures a run that designs, on what customers liked in a split.

    Args:
        path: Folder of a finished run of a designer.
        wardrobe: `Wardrobe`.
        split: "train", "valid" or "test".
        features: The eyes of the metrics: a finished run of a garment encoder,
            best one that no designer has seen, or an `.h5` file of
            InceptionV3's weights; "" for the garment encoder that the run
            itself stands on.
        scorer: Finished run of stage 2 that judges compatibility; "" leaves
            that out.
        customers: int array of customer rows to measure on; None for all.

    Returns:
        Dict: "model", "run", "split", "count"; "generation" with
        "inception_score", "opposite_ssim", "fid" and "kid", and each that
        depends on the network once more under its full name; "compatibility",
        if there is a scorer; on a simulated wardrobe "taste".

    Raises:
        InputError: If a run is unfinished or of the wrong kind, or the split
            has too few liked pairs.
    """
    run = RunFolder(path)
    designer = TrainedDesigner(path, wardrobe)
    network, encoder = _eyes(run, designer.config, features)
    judges = DesignJudges(
        wardrobe,
        network,
        encoder,
        DesignScorer(scorer, wardrobe) if scorer else None,
    )
    report, _ = judges.measure(designer, split, customers=customers)
    model = designer.config["config"].removesuffix("Config")
    return {"model": model, "run": str(run.path), "split": split, **report}


def _eyes(run, config, features):
    """`GenerationFeatures`, and the `GarmentEncoder` if there is one."""
    own = config.get("encoder") or str(run.path / "encoder")
    given = features or own
    if str(given).endswith(".h5"):
        reader = RunFolder(own)
        encoder = load_garment_encoder(own) if reader.is_finished else None
        return inception_features(given), encoder
    reader = RunFolder(given)
    if not features:
        if not reader.is_finished:
            raise InputError(
                f"{run.path}: stands on no garment encoder; name one that "
                "shall look at its designs by --features."
            )
        _LOG.warning(
            "%s: is measured by the garment encoder it stands on, which "
            "flatters it; name another one by --features",
            run.path,
        )
    reader.require_finished()
    return garment_features(reader), load_garment_encoder(reader.path)
