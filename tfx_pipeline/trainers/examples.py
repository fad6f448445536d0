"""The settings and the wardrobe that a stage is trained on."""

import dataclasses

import numpy as np

from tfx_pipeline.trained_wardrobe import read_trained_wardrobe
from tfx_pipeline.trainers.running import fetch_folder
from tfx_pipeline.transformed_examples import TransformedSet

IMAGES = "wardrobe"  # Folder in the garment encoder's run.


def settle(args):
    """What a stage that builds on the garment encoder is trained on.

    Args:
        args: `TrainArgs`.

    Returns:
        Tuple of the run config, whose stages are those of `args.runs`, and
        the `Wardrobe`.
    """
    runs = {
        stage: str(fetch_folder(folder, args.work))
        for stage, folder in args.runs.items()
    }
    stages = {
        stage: folder
        for stage, folder in runs.items()
        if hasattr(args.config, stage)
    }
    config = dataclasses.replace(args.config, **stages, **args.hyperparameters)
    return config, read_wardrobe(args, f"{runs['encoder']}/{IMAGES}")


def read_wardrobe(args, folder):
    """Puts a wardrobe together of the example sets that a stage is given.

    Args:
        args: `TrainArgs`.
        folder: Folder of the images.

    Returns:
        `Wardrobe`; without votes of a kind that is not given.
    """
    sets = {
        name: TransformedSet(examples, args.transform_graphs[name])
        for name, examples in args.examples.items()
    }
    return read_trained_wardrobe(
        folder,
        sets["items"],
        sets.get("item_votes", NoVotes()),
        sets.get("pair_votes"),
        args.manifest,
        sets.get("outfits"),
    )


class NoVotes:
    """A transformed set of votes on items that nobody cast."""

    columns = ()

    def vocabulary(self, name):
        return []

    def batches(self, split, columns, batch_size=0):
        return iter(())

    def read(self, split, columns):
        return {name: np.zeros(0, object) for name in columns}
