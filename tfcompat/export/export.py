"""Exporting trained models as versions that servers pick up."""

from tfcompat.data.errors import InputError
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.export.catalogue import group_of_categories
from tfcompat.export.pair_building import build_pair_servable
from tfcompat.export.pair_model import PairModel
from tfcompat.export.run_servables import make_run_servable
from tfcompat.export.serving_options import ServingOptions
from tfcompat.export.shortlist import CandidateTowers
from tfcompat.export.versions import publish
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.vocabulary import Vocabulary


def export_run(
    run,
    to,
    *,
    wardrobe=None,
    name=None,
    candidates=None,
    outfits=None,
    **options,
):
    """Exports the model of a finished run as the next version.

    Args:
        run: Path of the run folder.
        to: Folder of all models.
        wardrobe: `Wardrobe`, or path of one, whose items are ranked; None
            takes the one that the run was trained on, from where it was then.
        name: Name of the model folder; None takes the model's own, `psa_net`
            for example.
        candidates: Optional path of a run of two-tower retrieval, which then
            proposes the items that a pair model ranks.
        outfits: Optional path of a run of an outfit model, which completes
            outfits beside a model of ADDE-M.
        **options: As `ServingOptions` takes them.

    Returns:
        `pathlib.Path` of the version, `to/<name>/<version>`.

    Raises:
        InputError: If the run is not finished or makes no model that is
            served, an option does not suit it, the wardrobe cannot be found
            or read, or the version not written.
    """
    run = RunFolder(run)
    run.require_finished()
    wardrobe = _find_wardrobe(run, wardrobe)
    servable = make_run_servable(
        run,
        wardrobe,
        name=name,
        candidates=candidates,
        outfits=outfits,
        **options,
    )
    return publish(servable, to)


def export_model(model, wardrobe, to, **arguments):
    """Exports a pair model that is in memory as the next version.

    Args:
        model: Trained `SubspaceNet` or `JointSubspaceNet`.
        wardrobe: `Wardrobe` whose items are ranked.
        to: Folder of all models.
        **arguments: As `make_servable` takes them.

    Returns:
        `pathlib.Path` of the version.

    Raises:
        InputError: As `make_servable`, or if it cannot be written.
    """
    return publish(make_servable(model, wardrobe, **arguments), to)


def make_servable(
    model,
    wardrobe,
    *,
    encoder=None,
    vocabulary=None,
    name=None,
    candidates=None,
    metrics=None,
    seed=None,
    **options,
):
    """Makes a servable of a pair model that is in memory.

    `tfcompat.export.saved_model.write_saved_model` writes it into a folder of
    one's own, as a TFX Trainer does; `export_model` publishes it.

    Args:
        model: Trained `SubspaceNet` or `JointSubspaceNet`.
        wardrobe: `Wardrobe` whose items are ranked.
        encoder: `GarmentEncoder` whose features the model takes; with a model
            that sees pixels, it tells what unknown photos show, and may be
            left out.
        vocabulary: `Vocabulary` of the model's tables; None is that of
            `wardrobe`, right for a model trained on this very wardrobe.
        name: Name of the model folder; None takes the model's own.
        candidates: Optional path of a run of two-tower retrieval.
        metrics: Dict of numbers for the model card.
        seed: Seed of the training, for the model card.
        **options: As `ServingOptions` takes them.

    Returns:
        `PairServable`.

    Raises:
        InputError: If an option is out of range, the wardrobe has a group
            that the model does not know, or a photo cannot be read.
        ValueError: If the encoder does not fit the model.
    """
    pair = PairModel(
        model=model,
        vocabulary=vocabulary or Vocabulary.of(wardrobe),
        encoder=encoder,
        category_groups=group_of_categories(wardrobe),
        towers=candidates and CandidateTowers.of_run(RunFolder(candidates)),
        about={
            "data": {
                "wardrobe": wardrobe.manifest.get("name", wardrobe.folder.name),
                **wardrobe.summary,
            },
            "metrics": metrics or {},
            "seed": seed,
        },
    )
    return build_pair_servable(pair, wardrobe, ServingOptions(**options), name)


def _find_wardrobe(run, wardrobe):
    if isinstance(wardrobe, Wardrobe):
        return wardrobe
    if wardrobe is not None:
        return Wardrobe.load(wardrobe)
    try:
        folder = run.read_json("data.json")["wardrobe"]
    except InputError as error:
        raise InputError(
            f"{run.path}: does not say what wardrobe it was trained on; name "
            "one by --data."
        ) from error
    try:
        return Wardrobe.load(folder)
    except InputError as error:
        raise InputError(
            f"{run.path}: was trained on a wardrobe that cannot be loaded: "
            f"{error} If it has moved, name it by --data."
        ) from error
