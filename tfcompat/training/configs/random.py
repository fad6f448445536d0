"""Random scores: what knowing nothing scores."""

from tfcompat.training.compatibility import RandomConfig

CONFIG = RandomConfig()
