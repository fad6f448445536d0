"""Trains the garment encoder, on items alone."""

import pathlib

from tfcompat.training.garment_encoder import item_features
from tfx_pipeline.strategy import choose_strategy
from tfx_pipeline.trainers.examples import read_wardrobe
from tfx_pipeline.trainers.running import is_remote, train

IMAGES = "wardrobe"


def run_fn(args):
    """Trains the encoder and looks at all items with it.

    The run keeps the items' images and features, for the stages that build on
    it.

    Args:
        args: `tfx_pipeline.trainers.arguments.TrainArgs`.
    """
    choose_strategy()  # Before TensorFlow does anything else.
    remote = is_remote(args.model_run_dir)
    folder = pathlib.Path(args.work if remote else args.model_run_dir)
    wardrobe = read_wardrobe(args, folder / IMAGES)
    run = train(args, args.config, wardrobe)
    if run is not None:
        item_features(run, wardrobe)
