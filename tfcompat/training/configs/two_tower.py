"""Candidate generation: two-tower retrieval on StyNet's towers."""

from tfcompat.training.stynet import TwoTowerConfig

CONFIG = TwoTowerConfig()
