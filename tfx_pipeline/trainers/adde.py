"""Trains ADDE, or what builds on it, on the attributes of items."""

from tfcompat.training.adde import ADDEConfig
from tfcompat.training.adde_m import ADDEMConfig
from tfcompat.training.similarity import SimilarityConfig
from tfx_pipeline.strategy import choose_strategy
from tfx_pipeline.trainers.examples import IMAGES, read_wardrobe
from tfx_pipeline.trainers.running import fetch_folder, train

CONFIGS = (ADDEConfig, ADDEMConfig, SimilarityConfig)
EXAMPLE_SETS = ("items",)


def run_fn(args):
    """Trains whichever model of attributes the run config is of.

    What such a config calls its encoder is ADDE's, which the run trains
    itself; of the pipeline's garment encoder only the images are taken.

    Args:
        args: `tfx_pipeline.trainers.arguments.TrainArgs` with the run of the
            garment encoder.
    """
    choose_strategy()  # Before TensorFlow does anything else.
    folder = fetch_folder(args.runs["encoder"], args.work) / IMAGES
    train(args, args.config, read_wardrobe(args, folder))
