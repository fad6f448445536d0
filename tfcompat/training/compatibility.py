"""Training runs of GECo and its baselines."""

import tensorflow as tf
import tf_keras as keras

from tfcompat.data.compatible_pairs import compatible_pairs
from tfcompat.data.pipeline import make_dataset
from tfcompat.training.compatibility_batches import offer_whole_batch
from tfcompat.training.compatibility_config import (
    BPRDAEConfig,
    CompatibilityConfig,
    GECoConfig,
    MGCMConfig,
    Pix2PixCMConfig,
    PopularityConfig,
    RandomConfig,
)
from tfcompat.training.compatibility_inputs import (
    find_content,
    find_query_parts,
)
from tfcompat.training.compatibility_models import build_compatibility_model
from tfcompat.training.compatibility_stages import train_stages
from tfcompat.training.execution import train_model
from tfcompat.training.fit import fit
from tfcompat.training.precision import computing_in
from tfcompat.training.subspace_net import save_model

# Run configs take their classes from here: whoever loads one can train it.
__all__ = [
    "BPRDAEConfig",
    "GECoConfig",
    "MGCMConfig",
    "Pix2PixCMConfig",
    "PopularityConfig",
    "RandomConfig",
    "train_compatibility",
]


@train_model.register
def train_compatibility(config: CompatibilityConfig, wardrobe, run):
    """Trains GECo or a baseline; returns numbers of its last epoch."""
    pairs = compatible_pairs(
        wardrobe,
        config.query_group,
        config.candidate_group,
        config.splits,
        config.pairs,
    )
    train_stages(config, wardrobe, run)
    about = {"pairs": len(pairs), "pairs_source": pairs.source}
    if not hasattr(config, "epochs"):
        model = build_compatibility_model(config, wardrobe, run, pairs, 1)
        batches = _Batches(config, wardrobe, run, pairs)
        model(next(iter(batches.make(64)))[0])  # Builds it.
        save_model(model, wardrobe, run)
        return about
    with computing_in(config.precision):
        keras.utils.set_random_seed(config.seed)
        # Without the rest, which is too small a batch for some.
        steps = max(len(pairs) // config.batch_size, 1)
        model = build_compatibility_model(config, wardrobe, run, pairs, steps)
        keras.utils.set_random_seed(config.seed)  # A stage drew numbers too.
        _fit(model, config, _Batches(config, wardrobe, run, pairs), run, steps)
    save_model(model, wardrobe, run)
    numbers = dict(run.read_history()[-1])
    del numbers["epoch"]
    return {**about, **numbers}


class _Batches:
    """Batches of a run's pairs."""

    def __init__(self, config, wardrobe, run, pairs):
        self.content = find_content(config, wardrobe, run)
        self.parts = find_query_parts(
            config, wardrobe, run, pairs.customer, pairs.query
        )
        self.questions = pairs.as_questions()
        self.wardrobe = wardrobe

    def make(self, batch_size, **arguments):
        dataset = make_dataset(
            self.questions,
            self.content,
            self.wardrobe,
            batch_size=min(batch_size, len(self.questions)),
            **arguments,
        )
        dataset = dataset.map(
            self.parts.add, num_parallel_calls=tf.data.AUTOTUNE
        )
        return dataset.map(offer_whole_batch)


def _fit(model, config, batches, run, steps):
    every = max(-(-len(batches.questions) // config.batch_size), 1)

    def make_train(first_epoch):
        dataset = batches.make(
            config.batch_size,
            shuffle_seed=config.seed,
            first_epoch=first_epoch,
            epochs=config.epochs - first_epoch,
        )
        # The last batch of a pass is smaller: a few pairs, others in each
        # pass, are left out, so that negatives are as many always.
        dataset = dataset.enumerate().filter(lambda at, _: at % every < steps)
        return dataset.map(lambda _, batch: batch).prefetch(2)

    model(next(iter(batches.make(config.batch_size)))[0])  # Builds it.
    fit(
        model,
        make_train,
        run,
        epochs=config.epochs,
        steps=steps,
        name=model.name,
    )
