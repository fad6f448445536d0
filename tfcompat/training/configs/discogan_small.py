"""DiscoGAN at 64 pixels and a quarter of the width.

As many pairs as `designer-small` sees, in as many steps, each of three
iterations of 21 pairs.
"""

from tfcompat.training.gan_baselines import DiscoGANConfig

CONFIG = DiscoGANConfig(
    width=16,
    batch_size=63,
    epochs=12,
    epoch_steps=200,
)
