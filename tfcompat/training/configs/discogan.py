"""DiscoGAN (Kim et al. 2017) at its 64 pixels, full width."""

from tfcompat.training.gan_baselines import DiscoGANConfig

CONFIG = DiscoGANConfig()
