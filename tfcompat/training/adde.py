"""Training run of ADDE's encoder."""

import dataclasses
import functools

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.attribute_labels import encode_attribute_labels
from tfcompat.data.attribute_tasks import read_wardrobe_labels
from tfcompat.data.errors import InputError
from tfcompat.data.id_splits import item_splits
from tfcompat.data.images import ImageStore
from tfcompat.models.adde import ADDE
from tfcompat.models.backbones import make_backbone
from tfcompat.training.best_epoch import BestEpoch
from tfcompat.training.execution import train_model
from tfcompat.training.fit import fit
from tfcompat.training.garment_encoder import (
    GarmentEncoderConfig,
    cached_features,
    item_batches,
    load_garment_encoder,
)
from tfcompat.training.precision import computing_in
from tfcompat.training.schedules import halved_by_thirds, warmed_up_cosine
from tfcompat.training.setting_checks import check_least, check_positive
from tfcompat.training.subspace_net import save_model

_SCHEDULES = {"halving": halved_by_thirds, "cosine": warmed_up_cosine}


@dataclasses.dataclass(frozen=True)
class ADDEConfig:
    """Settings of ADDE's encoder; the paper's by default.

    Attributes:
        seed: Of weights, order and augmentation.
        backbone: Name that `make_backbone` knows.
        weights: Local file of backbone weights to start from; "" for none.
        image_size: Side of the images in pixels.
        attributes: Names of the attributes; none for all that are fit for it,
            or those of the wardrobe's `attribute_changes.npz`.
        dim: Size of each attribute's subspace, d.
        margin: Of the semi-hard losses.
        class_weight: Of each attribute's classification loss.
        local_weight: Of the semi-hard loss within attributes, which the
            released code has and the paper's eq. 1 has not.
        global_weight: Of the semi-hard loss of whole representations.
        batch_size: Images a step.
        epochs: Passes over the training items.
        learning_rate: Of Adam; its highest.
        schedule: "halving" after every third of the epochs, as published, or
            "cosine", which a network that starts from nothing learns more by.
        precision: "auto", "float32" or "mixed_bfloat16".
    """

    seed: int = 0
    backbone: str = "resnet18"
    weights: str = ""
    image_size: int = 224
    attributes: tuple = ()
    dim: int = 340
    margin: float = 0.5
    class_weight: float = 0.2
    local_weight: float = 0.2
    global_weight: float = 1.0
    batch_size: int = 128
    epochs: int = 25
    learning_rate: float = 1e-4
    schedule: str = "halving"
    precision: str = "auto"

    def __post_init__(self):
        if self.schedule not in _SCHEDULES:
            raise InputError(
                f"schedule must be one of {', '.join(_SCHEDULES)}, got "
                f"{self.schedule!r}."
            )
        check_least(
            self,
            dim=1,
            class_weight=0,
            local_weight=0,
            global_weight=0,
            batch_size=1,
            epochs=1,
        )
        check_positive(self, "margin", "learning_rate")


@train_model.register
def train_adde(config: ADDEConfig, wardrobe, run):
    """Trains the encoder; returns the accuracies of the best epoch.

    The best epoch is that of the highest mean accuracy over attributes on the
    validation items; test items are not looked at.
    """
    keras.utils.set_random_seed(config.seed)
    labels = read_wardrobe_labels(wardrobe, config.attributes)
    splits = item_splits(wardrobe)
    images = ImageStore(wardrobe.image_paths, config.image_size)
    known = labels.labels >= 0
    targets = {
        name: np.maximum(labels.labels[:, place], 0)
        for place, name in enumerate(labels.names)
    }
    weights = {
        name: known[:, place].astype("float32")
        for place, name in enumerate(labels.names)
    }
    everybody = np.ones(len(known), "float32")
    targets |= {"local": labels.labels, "global": labels.classes}
    weights |= {"local": everybody, "global": everybody}
    make, steps = item_batches(
        images,
        targets,
        weights,
        config.batch_size,
        config.seed,
        np.flatnonzero(splits == "train"),
    )
    with computing_in(config.precision):
        backbone = make_backbone(
            config.backbone, config.image_size, config.weights or None
        )
        model = ADDE(backbone, labels.values, config.dim, name="adde")
        shape = (2, config.image_size, config.image_size, 3)
        model(tf.zeros(shape), training=True)  # Builds it.
        model.compile(
            keras.optimizers.Adam(
                _SCHEDULES[config.schedule](
                    config.learning_rate, config.epochs * steps
                )
            ),
            loss=model.losses_of(config.margin),
            loss_weights={
                **dict.fromkeys(labels.names, config.class_weight),
                "local": config.local_weight,
                "global": config.global_weight,
            },
        )
        best = BestEpoch(
            lambda model: _named(
                "valid",
                measure_accuracy(model, images, labels, splits == "valid"),
            ),
            "valid_accuracy",
            run,
        )
        fit(
            model,
            make,
            run,
            epochs=config.epochs,
            steps=steps,
            callbacks=[best],
            name="adde",
        )
        epoch = best.restore(model)
    save_model(model, wardrobe, run)
    chosen = run.read_history()[epoch - 1]
    return {
        "best_epoch": epoch,
        **{k: v for k, v in chosen.items() if k.startswith("valid_")},
    }


def measure_accuracy(model, content, labels, chosen, batch_size=256):
    """Share of known labels that an encoder tells right.

    Args:
        model: `ADDE`.
        content: `ImageStore`, or float32 `[items, f]` of its features.
        labels: `AttributeLabels` of all items.
        chosen: bool `[items]`.
        batch_size: Items at a time.

    Returns:
        Dict of "accuracy", the mean over attributes, and one of each.
    """
    rows = np.flatnonzero(chosen)
    predict = traced(tell_values, model)
    told = np.concatenate(
        [
            predict(fetch(content, rows[i : i + batch_size])).numpy()
            for i in range(0, len(rows), batch_size)
        ]
        or [np.zeros((0, len(labels.names)), int)]
    )
    truth = labels.labels[rows]
    report = {}
    for place, name in enumerate(labels.names):
        known = truth[:, place] >= 0
        right = told[known, place] == truth[known, place]
        report[name] = float(right.mean()) if len(right) else 0.0
    return {"accuracy": float(np.mean(list(report.values()))), **report}


def tell_values(model, items):
    """The likeliest value of each attribute; int64 `[n, A]`."""
    logits = model.classify(model.represent(items))
    return tf.stack([tf.argmax(x, axis=-1) for x in logits], axis=1)


@functools.lru_cache(maxsize=4)  # Measured after every epoch, traced once.
def traced(function, model=None):
    """A `tf.function` of `function`, of a model first if there is one."""
    if model is not None:
        function = functools.partial(function, model)
    return tf.function(function, reduce_retracing=True)


def fetch(content, rows):
    """Images, or rows of features, as a tensor."""
    rows = tf.constant(rows, tf.int32)
    if isinstance(content, ImageStore):
        return content.batch(rows)
    return tf.gather(content, rows)


def represent(encoder, content, rows, batch_size=256):
    """Representations of items; float32 `[rows, A, d]`."""
    see = traced(encoder.represent)
    return np.concatenate(
        [
            see(fetch(content, rows[i : i + batch_size])).numpy()
            for i in range(0, len(rows), batch_size)
        ]
    )


def _named(part, report):
    return {f"{part}_{name}": value for name, value in report.items()}


def load_adde(run):
    """Returns the encoder of a finished `RunFolder`.

    That is an `ADDE`, or the `GarmentEncoder` that outfit models build on
    where there are no attributes to compare.
    """
    run.require_finished()
    if _is_garment_encoder(run):
        return load_garment_encoder(run.path)
    return keras.saving.load_model(run.model / "model.keras", compile=False)


def adde_labels(model, wardrobe):
    """`AttributeLabels` of a wardrobe by the values that an encoder knows."""
    return encode_attribute_labels(wardrobe.items, model.values)


def adde_features(run, wardrobe):
    """What the backbone of a finished encoder sees; float32 `[items, f]`."""

    def load():
        backbone = load_adde(run).backbone
        return lambda images: tf.cast(backbone(images), tf.float32)

    # Beside what a garment encoder's `item_features` keeps.
    suffix = "-backbone" if _is_garment_encoder(run) else ""
    return cached_features(run, wardrobe, load, suffix=suffix)


def _is_garment_encoder(run):
    return run.read_config()["config"] == GarmentEncoderConfig.__name__
