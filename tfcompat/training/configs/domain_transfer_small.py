"""Pixel-level domain transfer at 64 pixels and a quarter of the width.

As many pairs as `designer-small` sees, in as many steps.
"""

from tfcompat.training.gan_baselines import DomainTransferConfig

CONFIG = DomainTransferConfig(
    width=32, batch_size=64, epochs=12, epoch_steps=200
)
