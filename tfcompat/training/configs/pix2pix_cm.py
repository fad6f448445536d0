"""Pix2PixCM: MGCM with the generator of Pix2pix."""

from tfcompat.training.compatibility import Pix2PixCMConfig

CONFIG = Pix2PixCMConfig()
