"""Pix2pix at 64 pixels and a quarter of the width.

As many pairs as `designer-small` sees, in as many steps.
"""

from tfcompat.training.gan_baselines import Pix2pixConfig

CONFIG = Pix2pixConfig(image_size=64, width=16, epochs=12, epoch_steps=200)
