"""MGCM at 32 pixels and a quarter of the width."""

from tfcompat.training.compatibility import MGCMConfig

CONFIG = MGCMConfig(
    image_size=32, width=16, batch_size=64, epochs=8, learning_rate=5e-4
)
