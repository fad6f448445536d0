"""Trains models that stand beside stage 2, on the pipeline's encoder."""

from tfx_pipeline.strategy import choose_strategy
from tfx_pipeline.trainers.examples import settle
from tfx_pipeline.trainers.running import train


def train_beside(args):
    """Trains whichever model the run config is of; exports nothing.

    Args:
        args: `tfx_pipeline.trainers.arguments.TrainArgs` with the run of the
            garment encoder.
    """
    choose_strategy()  # Before TensorFlow does anything else.
    config, wardrobe = settle(args)
    train(args, config, wardrobe)
