"""Trains ADDE, or what builds on it, on the attributes of items."""

from tfcompat.training.adde import ADDEConfig
from tfcompat.training.adde_m import ADDEMConfig
from tfcompat.training.similarity import SimilarityConfig
from tfx_pipeline.trainers.beside import train_on_images

CONFIGS = (ADDEConfig, ADDEMConfig, SimilarityConfig)
EXAMPLE_SETS = ("items",)


def run_fn(args):
    """Trains whichever model of attributes the run config is of.

    Args:
        args: `tfx_pipeline.trainers.arguments.TrainArgs` with the run of the
            garment encoder.
    """
    train_on_images(args)
