"""Training runs of the personalised designer."""

import time

import numpy as np
import tf_keras as keras

from tfcompat.data.design_batches import (
    design_pairs,
    design_steps,
    make_design_dataset,
)
from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.layers.customer_labels import CustomerLabels
from tfcompat.layers.customer_vectors import CustomerVectors
from tfcompat.layers.every_customer import EveryCustomer
from tfcompat.layers.image_decoder import ImageDecoder
from tfcompat.layers.image_discriminator import ImageDiscriminator
from tfcompat.layers.image_encoder import ImageEncoder
from tfcompat.layers.metric_network import MetricNetwork
from tfcompat.layers.vgg16_trunk import VGG16Trunk
from tfcompat.models.designer import Algorithm1, Designer
from tfcompat.training.design_progress import (
    DesignSamples,
    JudgeMetrics,
    StopOnNaN,
)
from tfcompat.training.designer_config import DesignerConfig
from tfcompat.training.execution import stage, train_model
from tfcompat.training.fit import fit
from tfcompat.training.garment_encoder import (
    GarmentEncoderConfig,
    load_garment_encoder,
)
from tfcompat.training.new_customers import learn_new_customers
from tfcompat.training.precision import computing_in
from tfcompat.training.schedules import warmed_up_cosine
from tfcompat.training.short_training import (
    BATCHES_TO_NORM,
    draw_by_average,
    warm_up_judge,
)
from tfcompat.training.subspace_net import save_model

_AFTER_WARM_UP = 0.1  # What is left of the judge's learning rates.


def _trunk(config, wardrobe, run):
    if config.trunk == "vgg16":
        trunk = VGG16Trunk(config.image_size)
        if config.trunk_weights:
            trunk.load_published_weights(config.trunk_weights)
        return trunk
    settings = GarmentEncoderConfig(image_size=config.image_size)
    encoder = stage(run, "encoder", config.encoder, settings, wardrobe)
    size = encoder.read_config()["image_size"]
    if size != config.image_size:
        raise InputError(
            f"{encoder.path}: is an encoder of images of {size} pixels, but "
            f"image_size is {config.image_size}."
        )
    return load_garment_encoder(encoder.path).backbone


def build_designer(config, trunk, num_customers, steps):
    """Puts the parts together that a config names.

    Args:
        config: `DesignerConfig`.
        trunk: Layer that the encoder stands on.
        num_customers: How many customers are known.
        steps: How many steps training takes in all.

    Returns:
        Compiled and built `Designer`.

    Raises:
        InputError: If a setting names nothing that there is.
    """
    width = config.width
    customers = {
        "vector": lambda: CustomerVectors(num_customers, config.dim),
        "label": lambda: CustomerLabels(num_customers, config.dim),
        "nothing": lambda: EveryCustomer(config.dim),
    }
    if config.conditioning not in customers:
        raise InputError(
            f"conditioning must be {', '.join(customers)}, got "
            f"{config.conditioning!r}."
        )
    designer = Designer(
        ImageEncoder(trunk, (16 * width, 8 * width), config.dim),
        ImageDecoder(config.image_size, width),
        ImageDiscriminator(width),
        MetricNetwork((config.metric_units,)),
        customers[config.conditioning](),
        name="designer",
    )

    def adam(rate, beta_1=0.9, average_rate=0.0):
        if config.decays:
            rate = warmed_up_cosine(rate, steps)
        return keras.optimizers.Adam(
            rate,
            beta_1,
            use_ema=average_rate > 0,
            ema_momentum=average_rate or None,
        )

    def judge_adam(rate):
        if config.judge_steps:
            # By then the judge knows what it can; now the decoder learns.
            rate = keras.optimizers.schedules.PiecewiseConstantDecay(
                [config.judge_steps], [rate, _AFTER_WARM_UP * rate]
            )
            return keras.optimizers.Adam(rate)
        return adam(rate)

    designer.compile(
        Algorithm1(
            judge_adam(config.judge_learning_rate),
            judge_adam(config.customer_learning_rate),
            adam(config.learning_rate, config.beta_1),
            adam(config.learning_rate, config.beta_1, config.average_rate),
            guidance_weight=config.guidance_weight,
            discriminator_weight=config.discriminator_weight,
            generator_weight=config.generator_weight,
            regularization=config.regularization,
            shrinkage=config.shrinkage,
            discriminator_steps=config.discriminator_steps,
        )
    )
    return designer


@train_model.register
def train_designer(config: DesignerConfig, wardrobe, run):
    """Trains a designer; returns the numbers of its last epoch."""
    if config.trunk not in ("vgg16", "garment_encoder"):
        raise InputError(
            f"trunk must be vgg16 or garment_encoder, got {config.trunk!r}."
        )
    pairs = design_pairs(
        wardrobe, config.query_group, config.target_group, config.splits
    )
    num_known = len(wardrobe.customers) - config.customers_left_out
    if not 0 < num_known <= len(wardrobe.customers):
        raise InputError(
            "customers_left_out must be at least 0 and less than the "
            f"{len(wardrobe.customers)} customers there are, got "
            f"{config.customers_left_out}."
        )
    known = pairs.of(np.arange(num_known))
    images = ImageStore(wardrobe.image_paths, config.image_size)
    with computing_in(config.precision):
        keras.utils.set_random_seed(config.seed)
        trunk = _trunk(config, wardrobe, run)
        trunk.trainable = config.train_trunk
        keras.utils.set_random_seed(config.seed)  # A stage drew numbers too.
        steps = config.epoch_steps or design_steps(known, config.batch_size)
        designer = build_designer(
            config, trunk, num_known, config.epochs * steps
        )
        _fit(designer, config, wardrobe, known, images, run, steps)
        if config.average_rate:
            draw_by_average(
                designer,
                make_design_dataset(
                    known,
                    images,
                    batch_size=config.batch_size,
                    seed=config.seed,
                    steps=BATCHES_TO_NORM,
                ),
            )
    numbers = dict(run.read_history()[-1])
    del numbers["epoch"]
    if config.customers_left_out and config.conditioning == "vector":
        started = time.monotonic()
        new = np.arange(num_known, len(wardrobe.customers))
        vectors = learn_new_customers(
            designer,
            images,
            pairs.of(new),
            known,
            new,
            seed=config.seed,
            shrinkage=config.shrinkage,
        )
        seconds = time.monotonic() - started
        numbers["milliseconds_per_new_customer"] = 1000 * seconds / len(new)
        designer = designer.extended(vectors)
    save_model(designer, wardrobe, run)
    return numbers


def _fit(designer, config, wardrobe, pairs, images, run, steps):
    callbacks = [StopOnNaN(run)]
    shown = pairs
    if "valid" not in config.splits:
        held_out = design_pairs(
            wardrobe, config.query_group, config.target_group, "valid"
        ).of(np.unique(pairs.customer))
        if len(held_out):
            shown = held_out
            callbacks.append(JudgeMetrics(held_out, images))
    callbacks.append(DesignSamples(run, shown, images, config.seed))

    def make_train(first_epoch):
        return make_design_dataset(
            pairs,
            images,
            batch_size=config.batch_size,
            seed=config.seed,
            first_step=first_epoch * steps,
            steps=(config.epochs - first_epoch) * steps,
        )

    # Where an epoch is done, its checkpoint knows of this.
    if config.judge_steps and not run.read_history():
        warm_up_judge(
            designer,
            pairs,
            images,
            steps=config.judge_steps,
            batch_size=config.judge_batch_size,
            seed=config.seed,
        )
    fit(
        designer,
        make_train,
        run,
        epochs=config.epochs,
        steps=steps,
        callbacks=callbacks,
        name="designer",
    )
