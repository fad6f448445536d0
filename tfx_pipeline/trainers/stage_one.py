"""Trains stage 1: what customers think of single items."""

from tfcompat.export.saved_model import write_saved_model
from tfcompat.export.vote_servable import make_vote_servable
from tfx_pipeline.strategy import choose_strategy
from tfx_pipeline.trainers.examples import settle
from tfx_pipeline.trainers.running import train


def run_fn(args):
    """Trains Partial Dual or StyNet, whichever the run config is of.

    Args:
        args: `tfx_pipeline.trainers.arguments.TrainArgs` with the run of the
            garment encoder.
    """
    choose_strategy()  # Before TensorFlow does anything else.
    config, wardrobe = settle(args)
    run = train(args, config, wardrobe)
    if run is not None:
        servable = make_vote_servable(run, wardrobe)
        write_saved_model(servable, args.serving_model_dir)
