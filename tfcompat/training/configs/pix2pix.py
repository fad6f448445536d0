"""Pix2pix (Isola et al. 2017) at 128 pixels, full width."""

from tfcompat.training.gan_baselines import Pix2pixConfig

CONFIG = Pix2pixConfig()
