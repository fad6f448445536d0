"""CIGM at 32 pixels and a quarter of the width, for a CPU."""

from tfcompat.training.gan_baselines import CIGMConfig

CONFIG = CIGMConfig(
    image_size=32, width=16, noise_dim=64, epochs=6, epoch_steps=150
)
