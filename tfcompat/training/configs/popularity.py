"""Candidates by the number of pairs that they are in."""

from tfcompat.training.compatibility import PopularityConfig

CONFIG = PopularityConfig()
