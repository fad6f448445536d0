"""Ablation: `geco-small` without a template."""

from tfcompat.training.compatibility import GECoConfig

CONFIG = GECoConfig(
    image_size=64,
    backbone="garment_encoder",
    pixels="unit",
    generator_config="cigm-small",
    epochs=12,
    learning_rate=1e-3,
    batch_size=64,
    query_parts=("item",),
)
