"""Ablation: `geco-small` without a template."""

from tfcompat.training.compatibility import GECoConfig

CONFIG = GECoConfig(
    image_size=64,
    backbone="frozen",
    generator_config="cigm-small",
    encoder_config="garment-encoder-small",
    epochs=20,
    batch_size=128,
    learning_rate=2e-3,
    temperature=0.1,
    dropout_rate=0.4,
    query_parts=("item",),
)
