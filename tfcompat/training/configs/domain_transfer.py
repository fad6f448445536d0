"""Pixel-level domain transfer (Yoo et al. 2016), as published."""

from tfcompat.training.gan_baselines import DomainTransferConfig

CONFIG = DomainTransferConfig()
