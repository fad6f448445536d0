"""Making the servable of a finished GECo run."""

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.export.geco_servable import GECoServable
from tfcompat.export.index_advice import advise_index
from tfcompat.export.model_card import describe_run
from tfcompat.export.model_name import check_name
from tfcompat.export.row_lookup import fingerprint
from tfcompat.export.sample_photos import sample_photos
from tfcompat.models.designer import Designer
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.trained_matcher import KINDS, TrainedMatcher

CONFIGS = tuple(KINDS)  # Of runs that `make_geco_servable` looks at.
_SERVED = {"item", "template"}
_CARD = {
    "title": "GECo",
    "description": "Imagines a garment that goes with a photo, and finds the "
    "items of the catalogue that go best with both; scores how well two "
    "garments go together. No customer counts.",
    "limits": [
        "Scores rank garments for one query. They are no probabilities, and "
        "are not to be compared between queries or versions.",
        "The template is a means of the search: a garment that nobody made.",
        "It sees what garments look like: not sizes, materials, prices or "
        "stock.",
        "It is made for photos like the catalogue's, one garment on a plain "
        "ground, of the group that it was trained to be asked about.",
    ],
}


def make_geco_servable(run, wardrobe, options, name=None):
    """Makes a servable of a finished run of GECo.

    Args:
        run: `RunFolder`.
        wardrobe: `Wardrobe` whose items of the candidates' group are ranked.
        options: `ServingOptions`.
        name: Name of the model folder; None for "geco".

    Returns:
        `GECoServable`.

    Raises:
        InputError: If the run is not finished, its queries are not of the
            item and a template, its templates are noisy or depend on the
            customer, or the wardrobe has none of the group.
    """
    matcher = TrainedMatcher(run.path, wardrobe)
    config = matcher.config
    if set(getattr(config, "query_parts", ())) != _SERVED:
        raise InputError(
            f"{run.path}: only GECo with queries of item and template is "
            "served, and this is "
            f"{type(config).__name__.removesuffix('Config')} of "
            f"{', '.join(getattr(config, 'query_parts', ())) or 'no parts'}."
        )
    if config.template_noise:
        raise InputError(
            f"{run.path}: was trained with template_noise, and a served model "
            "imagines without noise: its scores would be others than those "
            "evaluated. Train it without, to serve it."
        )
    drawing = RunFolder(config.generator or run.path / "generator")
    generator = keras.saving.load_model(
        drawing.model / "model.keras", compile=False
    )
    if isinstance(generator, Designer):
        raise InputError(
            f"{run.path}: its generator={drawing.path} designs for a customer, "
            "and a served GECo is asked by nobody in particular."
        )
    rows = np.flatnonzero(wardrobe.items["group"] == config.candidate_group)
    if not len(rows):
        raise InputError(
            f"{wardrobe.folder}: has no items of the group "
            f"{config.candidate_group!r}."
        )
    paths = [wardrobe.image_paths[row] for row in rows]
    contents = [path.read_bytes() for path in paths]
    card = {**_CARD, **describe_run(run, wardrobe)}
    servable = GECoServable(
        check_name(name or "geco"),
        matcher.model,
        matcher.frozen,
        generator,
        wardrobe.items["item_id"].to_numpy()[rows].tolist(),
        matcher.embed_candidates(rows),
        np.asarray(fingerprint(tf.constant(contents))),
        config.image_size,
        options,
        samples=sample_photos(wardrobe, options.webp, True),
        card=card,
    )
    index = servable.index
    card["data"]["catalogue"] = {"items": len(rows), "index": index.kind}
    advise_index(servable.name, options.index, len(rows), index.dim)
    return servable
