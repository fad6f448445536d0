"""Training run of MrCGAN's stage 1: which items go together."""

import tf_keras as keras

from tfcompat.data.design_batches import (
    design_pairs,
    design_steps,
    make_design_dataset,
)
from tfcompat.data.images import ImageStore
from tfcompat.layers.prototype_encoder import PrototypeEncoder
from tfcompat.models.baselines.mrcgan import CompatibilityFamily
from tfcompat.training.design_progress import StopOnNaN
from tfcompat.training.execution import train_model
from tfcompat.training.fit import fit
from tfcompat.training.gan_baseline_configs import CompatibilityFamilyConfig
from tfcompat.training.precision import computing_in
from tfcompat.training.subspace_net import save_model


@train_model.register
def train_family(config: CompatibilityFamilyConfig, wardrobe, run):
    """Trains a compatibility family; returns the last epoch's numbers."""
    pairs = design_pairs(
        wardrobe, config.query_group, config.target_group, config.splits
    )
    images = ImageStore(wardrobe.image_paths, config.image_size)
    steps = config.epoch_steps or design_steps(pairs, config.batch_size)

    def make_train(first_epoch):
        return make_design_dataset(
            pairs,
            images,
            batch_size=config.batch_size,
            seed=config.seed,
            first_step=first_epoch * steps,
            steps=(config.epochs - first_epoch) * steps,
        )

    with computing_in(config.precision):
        keras.utils.set_random_seed(config.seed)
        family = CompatibilityFamily(
            PrototypeEncoder(config.dim, config.num_prototypes, config.width),
            config.image_size,
            name="compatibility_family",
        )
        family.compile(
            keras.optimizers.Adam(config.learning_rate, config.beta_1),
            pull_weight=config.pull_weight,
        )
        fit(
            family,
            make_train,
            run,
            epochs=config.epochs,
            steps=steps,
            callbacks=[StopOnNaN(run)],
            name="compatibility family",
        )
    save_model(family, wardrobe, run)
    numbers = dict(run.read_history()[-1])
    del numbers["epoch"]
    return numbers


def load_family(run):
    """Returns the trained family of a finished `RunFolder`."""
    return keras.saving.load_model(run.model / "model.keras", compile=False)
