"""MEDAL at 64 pixels, for one or two CPU cores."""

from tfcompat.training.medal import MedalConfig

CONFIG = MedalConfig(
    image_size=64,
    local_size=32,
    patch_size=16,
    width=96,
    depth=3,
    heads=3,
    drop_path=0.0,
    head_units=1024,
    head_hidden_units=128,
    bottleneck=64,
    local_crops=2,
    crop_items=48,
    batch_size=64,
    epochs=12,
    learning_rate=2e-3,
    momentum=0.98,
)
