"""Ablation: `geco-small` without a template."""

from tfcompat.training.compatibility import GECoConfig

CONFIG = GECoConfig(
    image_size=64,
    backbone="frozen",
    trained_convolutions=2,
    generator_config="cigm-small",
    encoder_config="garment-encoder-small",
    epochs=12,
    batch_size=128,
    learning_rate=2e-3,
    temperature=0.2,
    dropout_rate=0.2,
    query_parts=("item",),
)
