"""A servable of any finished run: one maker for each kind of model."""

from tfcompat.data.errors import InputError
from tfcompat.export import (
    attribute_building,
    design_servable,
    geco_building,
    medal_servable,
    pair_model,
    vote_servable,
)
from tfcompat.export.attribute_building import make_attribute_servable
from tfcompat.export.design_servable import make_design_servable
from tfcompat.export.geco_building import make_geco_servable
from tfcompat.export.medal_servable import make_medal_servable
from tfcompat.export.model_name import check_name
from tfcompat.export.pair_building import build_pair_servable
from tfcompat.export.pair_model import PairModel
from tfcompat.export.serving_options import ServingOptions
from tfcompat.export.vote_servable import make_vote_servable


def make_run_servable(
    run, wardrobe, *, name=None, candidates=None, outfits=None, **options
):
    """Makes what serves the model of a finished run.

    Args:
        run: Finished `RunFolder`.
        wardrobe: `Wardrobe` whose items are ranked.
        name: Name of the model folder; None takes the model's own.
        candidates: As `export_run` takes it.
        outfits: As `export_run` takes it.
        **options: As `ServingOptions` takes them.

    Returns:
        A servable, as `write_saved_model` takes it.

    Raises:
        InputError: If the run is of a model that is not served, or an option
            does not suit it.
    """
    if name is not None:
        check_name(name)  # Before anything takes time.
    kind = run.read_config()["config"]
    if kind not in _MAKERS:
        raise InputError(
            f"{run.path}: is a run of {kind}, which is not served."
        )
    if kind in attribute_building.CONFIGS:
        options["outfits"] = outfits
    elif outfits:
        raise InputError(f"{run.path}: outfits are completed beside ADDE-M.")
    return _MAKERS[kind](run, wardrobe, name, candidates, options)


def _make_of_pairs(run, wardrobe, name, candidates, options):
    options = ServingOptions(**options)
    pair = PairModel.of_run(run, wardrobe, candidates)
    return build_pair_servable(pair, wardrobe, options, name)


def _make_of_templates(run, wardrobe, name, candidates, options):
    _refuse_candidates(run, candidates, options)
    return make_geco_servable(run, wardrobe, ServingOptions(**options), name)


def _make_of_attributes(run, wardrobe, name, candidates, options):
    _refuse_candidates(run, candidates, options)
    outfits = options.pop("outfits")
    return make_attribute_servable(
        run, wardrobe, ServingOptions(**options), name=name, outfits=outfits
    )


def _make_of_meta_spaces(run, wardrobe, name, candidates, options):
    _refuse_candidates(run, candidates, options)
    return make_medal_servable(run, wardrobe, ServingOptions(**options), name)


def _make_of_designs(run, wardrobe, name, candidates, options):
    _refuse_candidates(run, candidates, options)
    return make_design_servable(run, wardrobe, ServingOptions(**options), name)


def _make_of_votes(run, wardrobe, name, candidates, options):
    if candidates or options:
        raise InputError(
            f"{run.path}: scores single items; candidates, index, photos and "
            "rows are options of pair models."
        )
    return make_vote_servable(run, wardrobe, name)


def _refuse_candidates(run, candidates, options):
    if candidates or "shortlist" in options:
        raise InputError(
            f"{run.path}: candidates and shortlist are options of pair models."
        )


# By the class of the run's config. A maker is a function of `RunFolder`,
# `Wardrobe`, name or None, path of a run of candidates or None, and a dict of
# `ServingOptions`; it refuses what its model cannot use.
_MAKERS = {
    **dict.fromkeys(pair_model.CONFIGS, _make_of_pairs),
    **dict.fromkeys(attribute_building.CONFIGS, _make_of_attributes),
    **dict.fromkeys(design_servable.CONFIGS, _make_of_designs),
    **dict.fromkeys(geco_building.CONFIGS, _make_of_templates),
    **dict.fromkeys(medal_servable.CONFIGS, _make_of_meta_spaces),
    **dict.fromkeys(vote_servable.CONFIGS, _make_of_votes),
}
