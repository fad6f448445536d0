"""Trains models of what is worn together, on outfits: CSA-Net, MEDAL, …"""

from tfcompat.training.medal_config import MedalConfig
from tfcompat.training.outfits import OutfitConfig
from tfx_pipeline.trainers.beside import train_on_images

CONFIGS = (OutfitConfig, MedalConfig)
EXAMPLE_SETS = ("items", "outfits")


def run_fn(args):
    """Trains whichever outfit model the run config is of.

    Args:
        args: `tfx_pipeline.trainers.arguments.TrainArgs` with the run of the
            garment encoder.
    """
    train_on_images(args)
