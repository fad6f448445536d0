"""MrCGAN at 64 pixels and a quarter of the width.

As many pairs as `designer-small` sees, in as many steps, after stage 1.
"""

from tfcompat.training.gan_baselines import MrCGANConfig

CONFIG = MrCGANConfig(
    width=16, batch_size=64, epochs=12, epoch_steps=200, family_epochs=3
)
