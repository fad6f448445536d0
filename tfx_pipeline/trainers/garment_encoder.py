"""Trains the garment encoder, on items alone."""

import pathlib

from tfcompat.training.garment_encoder import item_features
from tfx_pipeline.remote_paths import is_remote
from tfx_pipeline.strategy import choose_strategy
from tfx_pipeline.trainers.examples import IMAGES, read_wardrobe
from tfx_pipeline.trainers.running import copy_folder, train


def run_fn(args):
    """Trains the encoder and looks at all items with it.

    The run keeps the items' features, for the stages that build on it, and
    where it is a local folder their images.

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
        if remote:
            copy_folder(run.path / "features", f"{args.model_run_dir}/features")
