"""Trains a personalised designer, or one of the baselines beside it."""

from tfcompat.training.designer_config import DesignerConfig
from tfcompat.training.gan_baseline_configs import GANBaselineConfig
from tfx_pipeline.trainers.beside import train_beside

CONFIGS = (DesignerConfig, GANBaselineConfig)
EXAMPLE_SETS = ("items", "pair_votes")

run_fn = train_beside
