"""Trains stage 2: which items go together, for this customer."""

import tf_keras as keras

from tfcompat.export.export import make_servable
from tfcompat.export.saved_model import write_saved_model
from tfcompat.training.garment_encoder import load_garment_encoder
from tfcompat.training.vocabulary import Vocabulary
from tfx_pipeline.example_signature import ExampleServable
from tfx_pipeline.strategy import choose_strategy
from tfx_pipeline.trainers.examples import settle
from tfx_pipeline.trainers.running import fetch_folder, train
from tfx_pipeline.trainers.warm_start import make_warm_start


def run_fn(args):
    """Trains PSA-Net or a relative and writes what is served.

    Args:
        args: `tfx_pipeline.trainers.arguments.TrainArgs` with the run of the
            garment encoder, and that of stage 1 if the config builds on it.
    """
    choose_strategy()  # Before TensorFlow does anything else.
    config, wardrobe = settle(args)
    run = train_stage(args, config, wardrobe)
    if run is None:
        return
    servable = make_servable(
        keras.saving.load_model(run.model / "model.keras", compile=False),
        wardrobe,
        encoder=load_garment_encoder(
            fetch_folder(args.runs["encoder"], args.work)
        ),
        vocabulary=Vocabulary(**run.read_json("model/vocabulary.json")),
        metrics=run.read_json("metrics.json"),
        seed=config.seed,
        index=args.index,
    )
    write_saved_model(
        ExampleServable(
            servable, wardrobe, args.transform_graphs["pair_votes"]
        ),
        args.serving_model_dir,
    )


def train_stage(args, config, wardrobe):
    """Trains, from the weights of an older model if there is one.

    Args:
        args: `TrainArgs`.
        config: What `settle` made of its config.
        wardrobe: `Wardrobe`.

    Returns:
        As `tfx_pipeline.trainers.running.train`.
    """
    prepare = None
    if args.base_model:
        base_model = fetch_folder(args.base_model, args.work)
        prepare = make_warm_start(str(base_model), wardrobe)
    return train(args, config, wardrobe, prepare)
