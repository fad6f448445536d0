"""What GECo and its baselines are shown of items and queries."""

import numpy as np

from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.data.text_vectors import text_vectors
from tfcompat.training.compatibility_batches import QueryParts
from tfcompat.training.compatibility_config import BPRDAEConfig
from tfcompat.training.compatibility_stages import find_encoder, find_frozen
from tfcompat.training.garment_encoder import item_features
from tfcompat.training.run_folder import RunFolder
from tfcompat.training.templates import make_templates


def find_content(config, wardrobe, run):
    """What `make_dataset` shall put in for items."""
    frozen = find_frozen(config, run)
    if frozen is not None:
        return frozen.see_items(wardrobe)
    if isinstance(config, BPRDAEConfig):
        return item_features(find_encoder(config, run), wardrobe)
    size = getattr(config, "image_size", None)
    if size is not None:
        return ImageStore(wardrobe.image_paths, size)
    return np.zeros((len(wardrobe.items), 1), "float32")


def find_query_parts(config, wardrobe, run, customers=(), queries=()):
    """`QueryParts` of a run.

    Args:
        config: A `CompatibilityConfig`.
        wardrobe: `Wardrobe`.
        run: `RunFolder`.
        customers: int `[n]` customer rows that will be asked for; read for
            a generator that knows customers.
        queries: int `[n]` item rows, likewise.

    Returns:
        `QueryParts`.
    """
    parts = getattr(config, "query_parts", ())
    generators = {
        "template": getattr(config, "generator", "") or run.path / "generator",
        "design": getattr(config, "designer", ""),
    }
    templates = {}
    for name, generator in generators.items():
        if name not in parts:
            continue
        personal = RunFolder(generator).read_config()["config"] == (
            "DesignerConfig"
        )
        # One set of templates for all splits, where it can be.
        group = wardrobe.groups.index(config.query_group)
        rows = np.flatnonzero(wardrobe.item_groups == group)
        noise = name == "template" and config.template_noise
        templates[name] = make_templates(
            generator,
            wardrobe,
            customers if personal else np.full(len(rows), -1),
            queries if personal else rows,
            config.image_size,
            noise_seed=config.seed if noise else None,
            frozen=find_frozen(config, run),
        )
    if "text" not in parts:
        return QueryParts(templates)
    if "text" not in wardrobe.items or not wardrobe.items["text"].any():
        raise InputError(
            f"{wardrobe.folder}: items.csv has no text, which query_parts "
            "asks for."
        )
    text = text_vectors(wardrobe.items["text"].tolist(), config.text_dim)
    return QueryParts(templates, text)
