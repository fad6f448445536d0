"""Trains stage 1: what customers think of single items."""

import dataclasses

from tfcompat.export.saved_model import write_saved_model
from tfcompat.export.vote_servable import make_vote_servable
from tfx_pipeline.strategy import choose_strategy
from tfx_pipeline.trainers.examples import read_wardrobe
from tfx_pipeline.trainers.garment_encoder import IMAGES
from tfx_pipeline.trainers.running import fetch_run, train


def run_fn(args):
    """Trains Partial Dual or StyNet, whichever the run config is of.

    Args:
        args: `tfx_pipeline.trainers.arguments.TrainArgs` with the run of the
            garment encoder.
    """
    choose_strategy()  # Before TensorFlow does anything else.
    encoder = fetch_run(args.runs["encoder"], args.work)
    wardrobe = read_wardrobe(args, encoder / IMAGES)
    config = args.config
    if hasattr(config, "encoder"):
        config = dataclasses.replace(config, encoder=str(encoder))
    run = train(args, config, wardrobe)
    if run is not None:
        servable = make_vote_servable(run, wardrobe)
        write_saved_model(servable, args.serving_model_dir)
