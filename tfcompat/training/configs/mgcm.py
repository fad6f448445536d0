"""MGCM (Liu et al. 2020) as published, without text."""

from tfcompat.training.compatibility import MGCMConfig

CONFIG = MGCMConfig()
