"""Making a servable of a pair model and a wardrobe."""

import dataclasses
import json
import logging
import pathlib
import tempfile

import numpy as np

from tfcompat.data.errors import InputError
from tfcompat.export.catalogue import read_catalogue
from tfcompat.export.index_advice import advise_index
from tfcompat.export.model_name import check_name
from tfcompat.export.pair_cards import describe_pair_model
from tfcompat.export.pair_ranking import PairRanking
from tfcompat.export.pair_servable import PairServable
from tfcompat.export.photo_features import PhotoFeatures
from tfcompat.export.photos import Photos
from tfcompat.export.sample_photos import sample_photos
from tfcompat.export.shortlist import Shortlist
from tfcompat.export.shortlist_ranking import ShortlistRanking
from tfcompat.retrieval.index_choice import index_bytes

_LOG = logging.getLogger(__name__)


def build_pair_servable(pair, wardrobe, options, name=None, known=None):
    """Makes a servable that ranks the items of a wardrobe.

    Args:
        pair: `PairModel`.
        wardrobe: `Wardrobe`.
        options: `ServingOptions`.
        name: Name of the model folder; None takes the model's own.
        known: Dict from fingerprint to features, of photos that need not be
            looked at again.

    Returns:
        `PairServable`.

    Raises:
        InputError: If the wardrobe has a group that the model does not know,
            a photo cannot be read, or the name is none of a model.
    """
    name = check_name(name or pair.default_name)
    if pair.towers is not None and options.index != "auto":
        raise InputError(
            f"--index {options.index}: where two-tower retrieval proposes "
            "candidates, there is no other index."
        )
    features = PhotoFeatures(pair.model, pair.encoder)
    catalogue = read_catalogue(wardrobe, pair.vocabulary, features, known)
    ranking, index = _make_ranking(pair, catalogue, options, name)
    photos = Photos(
        features,
        catalogue,
        pair.vocabulary,
        pair.category_groups,
        options.max_pixels,
        options.webp,
    )
    data = {
        **pair.about["data"],
        "catalogue": {"items": len(catalogue.item_ids), "index": index},
    }
    kept = tempfile.TemporaryDirectory(prefix="tfcompat-export-")
    servable = PairServable(
        name,
        pair.model,
        photos,
        ranking,
        pair.vocabulary,
        catalogue.item_ids,
        samples=sample_photos(wardrobe, options.webp, photos.reads_new),
        card={
            **describe_pair_model(pair.default_name),
            **pair.about,
            "data": data,
        },
        sources=_write_sources(
            pathlib.Path(kept.name), pair, catalogue, options
        ),
        max_rows=options.max_rows,
    )
    servable.kept = kept  # The folder lasts as long as the servable.
    return servable


def _make_ranking(pair, catalogue, options, name):
    """The ranking of a catalogue, and what its index is called."""
    groups = len(pair.vocabulary.groups)
    if pair.towers is not None:
        shortlist = Shortlist(pair.towers, catalogue, groups, options.shortlist)
        ranking = ShortlistRanking(pair.model, catalogue, shortlist)
        return ranking, "shortlist"
    kind = options.index_kind
    ranking = PairRanking(pair.model, catalogue, groups, kind)
    index = ranking.index
    if index.kind != kind:
        _LOG.info("%s: too few items for ScaNN; the index is exact", name)
    largest = int(np.bincount(catalogue.groups).max(initial=0))
    advise_index(name, options.index, largest, index.dim)
    _LOG.info(
        "%s: %d items; index %s, %.1f MB, twice while a server changes "
        "versions",
        name,
        len(catalogue.item_ids),
        index.kind,
        index_bytes(len(catalogue.item_ids), index.dim, index.kind) / 1e6,
    )
    return ranking, index.kind


def _write_sources(folder, pair, catalogue, options):
    """Writes what an index is rebuilt from; name to path of each file."""
    pair.save(folder)
    np.savez(
        folder / "photos.npz",
        item_ids=np.array(catalogue.item_ids, str),
        fingerprints=catalogue.fingerprints,
        features=catalogue.features,
    )
    (folder / "options.json").write_text(
        json.dumps(dataclasses.asdict(options)), encoding="utf-8"
    )
    return {path.name: path for path in sorted(folder.iterdir())}
