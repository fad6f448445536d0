"""What a frozen CLIP says of a wardrobe's items."""

import json
import pathlib

import numpy as np
import tensorflow as tf

from tfcompat.data.captions import has_caption, item_captions
from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.data.progress import progress
from tfcompat.models.frozen_clip import FrozenCLIP
from tfcompat.training.execution import execute
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.small_clip import SmallCLIPConfig

_BATCH = 64


def resolve_clip(source, wardrobe, run):
    """Loads CLIP from wherever a setting says.

    Args:
        source: Folder of weights, name on the hub, or run folder of a small
            CLIP; "" to train a small one into `run`, on the wardrobe.
        wardrobe: `Wardrobe`.
        run: `RunFolder` that takes what is trained.

    Returns:
        `FrozenCLIP`.

    Raises:
        InputError: If there are no such weights, or they are not complete.
    """
    if not source:
        made = execute(
            SmallCLIPConfig(), wardrobe, run.path / "clip", resume=True
        )
        return FrozenCLIP.load(made.model)
    if _is_run(pathlib.Path(source)):
        given = RunFolder(source)
        kind = given.read_config()["config"]
        if kind != "SmallCLIPConfig":
            raise InputError(f"{source}: is a run of {kind}, not of CLIP.")
        given.require_finished()
        return FrozenCLIP.load(given.model)
    return FrozenCLIP.load(source)


def _is_run(folder):
    """Whether it is a run folder: weights have a config.json as well."""
    try:
        text = (folder / "config.json").read_text(encoding="utf-8")
        return "config" in json.loads(text)
    except (OSError, ValueError):
        return False


def clip_features(clip, wardrobe):
    """Embeds every item's image and every item's caption.

    Args:
        clip: `FrozenCLIP`.
        wardrobe: `Wardrobe`.

    Returns:
        Dict of "image" and "text", float32 `[items, dim]` of unit length. A
        text of which nothing but the category is known is 0.
    """
    images = ImageStore(wardrobe.image_paths, clip.image_size)
    captions = item_captions(wardrobe.items)
    pictures, texts = [], []
    for start in progress(
        range(0, len(images), _BATCH), "CLIP features", unit="batch"
    ):
        rows = range(start, min(start + _BATCH, len(images)))
        pixels = images.batch(tf.constant([*rows]))
        pictures.append(clip.embed_images(pixels))
        texts.append(clip.embed_texts([captions[row] for row in rows]))
    known = has_caption(wardrobe.items)[:, None]
    return {
        "image": np.concatenate(pictures),
        "text": np.concatenate(texts) * known,
    }
