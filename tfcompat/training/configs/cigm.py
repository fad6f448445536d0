"""CIGM as published: 128 pixels, noise of 1024, 200 epochs in batches of 64."""

from tfcompat.training.gan_baselines import CIGMConfig

CONFIG = CIGMConfig()
