"""Training run of the garment encoder, and the features it gives."""

import dataclasses
import hashlib

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_path
from tfcompat.data.images import ImageStore
from tfcompat.data.progress import progress
from tfcompat.models.backbones import make_backbone
from tfcompat.models.garment_encoder import (
    GarmentEncoder,
    garment_targets,
    learn_heads,
)
from tfcompat.training.execution import train_model
from tfcompat.training.fit import fit
from tfcompat.training.precision import computing_in
from tfcompat.training.schedules import warmed_up_cosine
from tfcompat.training.setting_checks import check_least, check_positive

_MODEL = "encoder.keras"


@dataclasses.dataclass(frozen=True)
class GarmentEncoderConfig:
    """Settings of a garment encoder.

    Attributes:
        seed: Of weights, order and augmentation.
        backbone: Name that `make_backbone` knows.
        weights: Local file of backbone weights to start from; "" for none.
        image_size: Side of the images in pixels.
        batch_size: Images a step.
        epochs: Passes over the items.
        learning_rate: Peak of the cosine schedule.
        weight_decay: Of AdamW.
        precision: "auto", "float32" or "mixed_bfloat16".
    """

    seed: int = 0
    backbone: str = "small_cnn"
    weights: str = ""
    image_size: int = 64
    batch_size: int = 32
    epochs: int = 60
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    precision: str = "auto"

    def __post_init__(self):
        check_least(self, batch_size=1, epochs=1, weight_decay=0)
        check_positive(self, "learning_rate")


def item_batches(images, targets, weights, batch_size, seed, rows=None):
    """Epochs of shuffled batches; the order depends on seed and epoch.

    Args:
        images: `ImageStore`.
        targets: Dict of arrays, a row an item.
        weights: Dict of arrays, a row an item.
        batch_size: Items a batch.
        seed: Of the order.
        rows: int array, the items to take; None takes all.

    Returns:
        Tuple of a function from the first epoch's number to the dataset of
        all epochs from there on, and the batches of an epoch.
    """
    rows = np.arange(len(images)) if rows is None else rows
    count = len(rows)
    rows = tf.constant(rows, tf.int32)
    columns = tf.nest.map_structure(tf.constant, (targets, weights))

    def permuted(epoch):
        order = tf.random.experimental.stateless_shuffle(
            rows, tf.stack([tf.cast(seed, tf.int64), epoch])
        )
        return tf.data.Dataset.from_tensor_slices(order).batch(batch_size)

    def load(rows):
        gathered = tf.nest.map_structure(lambda c: tf.gather(c, rows), columns)
        return images.batch(rows), *gathered

    def make(first_epoch):
        epochs = tf.data.Dataset.range(first_epoch, np.iinfo("int64").max)
        return (
            epochs.flat_map(permuted)
            .map(load, num_parallel_calls=tf.data.AUTOTUNE)
            .prefetch(2)
        )

    return make, -(-count // batch_size)


@train_model.register
def train_garment_encoder(config: GarmentEncoderConfig, wardrobe, run):
    """Trains the encoder on what the items' attributes say.

    Args:
        config: `GarmentEncoderConfig`.
        wardrobe: `Wardrobe`.
        run: `RunFolder` to fill.

    Returns:
        Dict of metrics on the training items: accuracy of each categorical
        and absolute error of each numeric attribute; "accuracy" alone where
        the category is all that is known.

    Raises:
        InputError: If the items do not differ in category or attributes.
    """
    keras.utils.set_random_seed(config.seed)
    images = ImageStore(wardrobe.image_paths, config.image_size)
    heads = learn_heads(wardrobe.items)
    if not heads:
        raise InputError(
            f"{wardrobe.folder}: all items are of one category, and no attr_* "
            "column tells them apart; a garment encoder learns from that."
        )
    targets, weights = garment_targets(wardrobe.items, heads)
    make, steps = item_batches(
        images, targets, weights, config.batch_size, config.seed
    )
    with computing_in(config.precision):
        model = GarmentEncoder(
            make_backbone(
                config.backbone, config.image_size, config.weights or None
            ),
            heads,
        )
        shape = (1, config.image_size, config.image_size, 3)
        model(tf.zeros(shape), training=True)  # Builds it.
        model.compile(
            optimizer=keras.optimizers.AdamW(
                warmed_up_cosine(config.learning_rate, config.epochs * steps),
                weight_decay=config.weight_decay,
            ),
            loss=model.head_losses(),
            weighted_metrics=model.head_metrics(),
        )
        fit(
            model,
            make,
            run,
            epochs=config.epochs,
            steps=steps,
            name="garment encoder",
        )
    run.write_model(model, _MODEL)
    last = run.read_history()[-1]
    return {
        name.replace("_accuracy", ""): value
        for name, value in last.items()
        # Keras names no head where there is but one.
        if name.endswith(("accuracy", "absolute_error"))
    }


def load_garment_encoder(run_path):
    """Returns the trained encoder of a run folder's path."""
    return keras.saving.load_model(run_path / "model" / _MODEL, compile=False)


def feature_backbone(features):
    """Layer that takes precomputed features and standardises them.

    Args:
        features: float `[items, f]`, whose mean and deviation it keeps.

    Returns:
        `keras.Sequential` from `[items, f]` to `[items, f]`.
    """
    normalization = keras.layers.Normalization()
    normalization.adapt(features)
    # Without a declared shape Keras cannot build the saved layer anew.
    given = keras.layers.InputLayer(input_shape=features.shape[1:])
    return keras.Sequential([given, normalization], name="backbone")


def item_features(run, wardrobe, batch_size=128):
    """What the encoder of a run sees in each item of a wardrobe.

    Computed once for a wardrobe's images and kept in the run's folder, by what
    the images hold: a copy of the wardrobe, here or on another machine, finds
    them again.

    Args:
        run: `RunFolder` of a finished encoder.
        wardrobe: `Wardrobe`.
        batch_size: Images at a time.

    Returns:
        float32 `[items, f]`.
    """

    def load():
        encoder = load_garment_encoder(run.path)
        return encoder.describe

    return cached_features(run, wardrobe, load, batch_size)


def cached_features(run, wardrobe, load, batch_size=128, suffix=""):
    """What a network of a run sees in each item, kept in the run's folder.

    Args:
        run: `RunFolder`, whose config says the `image_size`.
        wardrobe: `Wardrobe`.
        load: Function that returns the network: from images
            `[n, s, s, 3]` to features `[n, …]`.
        batch_size: Images at a time.
        suffix: What the file's name ends in; another one for each network of
            the run.

    Returns:
        float `[items, …]`, as the network makes them.
    """
    seen = hashlib.sha256()
    for path in wardrobe.image_paths:
        seen.update(hashlib.sha256(path.read_bytes()).digest())
    kept = run.path / "features" / f"{seen.hexdigest()[:16]}{suffix}.npy"
    if kept.exists():
        return np.load(kept)
    size = run.read_config()["image_size"]
    images = ImageStore(wardrobe.image_paths, size)
    features = _describe(load(), images, batch_size)
    with atomic_path(kept) as partial, open(partial, "wb") as file:
        np.save(file, features)
    return features


def describe_images(encoder, images, batch_size=128):
    """What an encoder sees in each image of a store.

    Args:
        encoder: `GarmentEncoder`.
        images: `ImageStore`.
        batch_size: Images at a time.

    Returns:
        float32 `[images, f]`.
    """
    return _describe(encoder.describe, images, batch_size)


def _describe(network, images, batch_size):
    describe = tf.function(network, reduce_retracing=True)
    starts = range(0, len(images), batch_size)
    return np.concatenate(
        [
            describe(
                images.batch(tf.range(i, min(i + batch_size, len(images))))
            ).numpy()
            for i in progress(starts, "item features", unit="batch")
        ]
    )
