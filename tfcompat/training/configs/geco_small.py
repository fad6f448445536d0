"""GECo for a CPU: the garment encoder's backbone, templates of 32 pixels."""

from tfcompat.training.compatibility import GECoConfig

CONFIG = GECoConfig(
    image_size=64,
    backbone="garment_encoder",
    pixels="unit",
    generator_config="cigm-small",
    epochs=12,
    learning_rate=1e-3,
    batch_size=64,
)
