"""MrCGAN (Shih et al. 2018) in its setting for product images."""

from tfcompat.training.gan_baselines import MrCGANConfig

CONFIG = MrCGANConfig()
