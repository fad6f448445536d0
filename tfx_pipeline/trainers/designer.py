"""Trains a personalised designer, or one of the baselines beside it."""

from tfcompat.training.designer_config import DesignerConfig
from tfcompat.training.gan_baseline_configs import GANBaselineConfig
from tfx_pipeline.strategy import choose_strategy
from tfx_pipeline.trainers.examples import settle
from tfx_pipeline.trainers.running import train

CONFIGS = (DesignerConfig, GANBaselineConfig)
EXAMPLE_SETS = ("items", "pair_votes")


def run_fn(args):
    """Trains whichever designer the run config is of.

    Args:
        args: `tfx_pipeline.trainers.arguments.TrainArgs` with the run of the
            garment encoder.
    """
    choose_strategy()  # Before TensorFlow does anything else.
    config, wardrobe = settle(args)
    train(args, config, wardrobe)
