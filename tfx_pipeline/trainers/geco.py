"""Trains GECo, or one of the baselines beside it, on pairs that were liked."""

from tfcompat.training.compatibility_config import CompatibilityConfig
from tfx_pipeline.trainers.beside import train_beside

CONFIGS = (CompatibilityConfig,)
EXAMPLE_SETS = ("items", "pair_votes")

run_fn = train_beside
