"""Trains models that stand beside stage 2."""

from tfx_pipeline.strategy import choose_strategy
from tfx_pipeline.trainers.examples import IMAGES, read_wardrobe, settle
from tfx_pipeline.trainers.running import fetch_folder, train


def train_beside(args):
    """Trains a model on the pipeline's encoder; exports nothing.

    Args:
        args: `tfx_pipeline.trainers.arguments.TrainArgs` with the run of the
            garment encoder.
    """
    choose_strategy()  # Before TensorFlow does anything else.
    config, wardrobe = settle(args)
    train(args, config, wardrobe)


def train_on_images(args):
    """The same of models that train all they build on themselves.

    What their configs call an encoder is another one than the pipeline's, of
    which only the images are taken.
    """
    choose_strategy()
    folder = fetch_folder(args.runs["encoder"], args.work) / IMAGES
    train(args, args.config, read_wardrobe(args, folder))
