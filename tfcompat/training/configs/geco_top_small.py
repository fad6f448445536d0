"""Ablation: `geco-small` without a template."""

from tfcompat.training.compatibility import GECoConfig

CONFIG = GECoConfig(
    image_size=64,
    backbone="frozen",
    generator_config="cigm-small",
    encoder_config="garment-encoder-small",
    epochs=20,
    learning_rate=1e-3,
    temperature=0.1,
    query_parts=("item",),
)
