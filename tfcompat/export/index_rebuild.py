"""A new version of a served model for the items that there are now."""

import json
import logging
import pathlib

import numpy as np

from tfcompat.data.errors import InputError
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.export.catalogue import group_of_categories
from tfcompat.export.pair_building import build_pair_servable
from tfcompat.export.pair_model import PairModel
from tfcompat.export.serving_options import ServingOptions
from tfcompat.export.versions import list_versions, publish

_LOG = logging.getLogger(__name__)


def rebuild_index(model_folder, wardrobe, *, index=None):
    """Publishes the newest version again, with the items of a wardrobe.

    Nothing is trained, and the run is not needed: a version keeps what it was
    made of. Only photos that it has not seen are looked at.

    Args:
        model_folder: Folder of the model, `saved_models/psa_net` for example.
        wardrobe: `Wardrobe`, or path of one. Its items are ranked; of the
            tables, `items.csv` is enough.
        index: "auto", "exact" or "scann"; None keeps what was chosen before.

    Returns:
        `pathlib.Path` of the new version.

    Raises:
        InputError: If there is no version of a pair model, the wardrobe has a
            group that the model does not know, or the version cannot be
            written.
    """
    folder = pathlib.Path(model_folder).absolute()
    if not isinstance(wardrobe, Wardrobe):
        wardrobe = Wardrobe.load(wardrobe)
    kept = _find_newest(folder)
    options, known, before = _read(kept, index)
    pair = PairModel.load(kept)
    pair.category_groups.update(group_of_categories(wardrobe))
    servable = build_pair_servable(pair, wardrobe, options, folder.name, known)
    now = set(wardrobe.items["item_id"])
    _LOG.info(
        "%s: %d items, %d of them new; %d are gone",
        folder.name,
        len(now),
        len(now - before),
        len(before - now),
    )
    return publish(servable, folder.parent)


def _find_newest(folder):
    """What the newest version keeps for this purpose."""
    if not folder.is_dir():
        raise InputError(f"{folder}: does not exist.")
    versions = list_versions(folder)
    if not versions:
        raise InputError(f"{folder}: holds no version of a model.")
    version = folder / str(versions[-1])
    kept = version / "assets.extra" / "tfcompat"
    if not (kept / "options.json").is_file():
        raise InputError(
            f"{version}: keeps nothing that an index could be rebuilt from; "
            "only pair models that tfcompat exported do."
        )
    return kept


def _read(kept, index):
    """Options, features by fingerprint, and ids of the items before."""
    try:
        options = json.loads(
            (kept / "options.json").read_text(encoding="utf-8")
        )
        if index is not None:
            options["index"] = index
        with np.load(kept / "photos.npz") as arrays:
            known = dict(
                zip(
                    arrays["fingerprints"].tolist(),
                    arrays["features"],
                    strict=True,
                )
            )
            before = set(arrays["item_ids"].tolist())
        return ServingOptions(**options), known, before
    except InputError:
        raise
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{kept}: cannot be read: {error}") from error
