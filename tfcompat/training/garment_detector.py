"""Training run of the garment detector, on photos with boxes."""

import dataclasses

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data import splits
from tfcompat.data.boxed_photos import padded_boxes
from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.data.readers.coco import read_coco
from tfcompat.models.garment_detector import make_garment_detector
from tfcompat.training.execution import train_model
from tfcompat.training.fit import fit
from tfcompat.training.schedules import warmed_up_cosine
from tfcompat.training.setting_checks import check_least, check_positive
from tfcompat.training.trained_detector import TrainedDetector

_HELD_OUT = (0.9, 0.0, 0.1)


@dataclasses.dataclass(frozen=True)
class GarmentDetectorConfig:
    """Settings of a garment detector.

    Attributes:
        seed: Of weights, order and augmentation; also of what is held out.
        boxes: COCO-style file of photos and boxes, from the wardrobe's folder
            or an absolute path.
        image_size: Side of the images in pixels, a multiple of 32.
        width: Channels of the first of four stages.
        depth: Blocks of each stage.
        batch_size: Photos a step.
        epochs: Passes over the photos.
        learning_rate: Peak of the cosine schedule.
        weight_decay: Of AdamW.
    """

    seed: int = 0
    boxes: str = "worn.json"
    image_size: int = 128
    width: int = 16
    depth: int = 1
    batch_size: int = 16
    epochs: int = 30
    learning_rate: float = 2e-3
    weight_decay: float = 5e-4

    def __post_init__(self):
        if self.image_size < 32 or self.image_size % 32:
            raise InputError(
                f"image_size must be a multiple of 32, got {self.image_size}."
            )
        check_least(
            self, width=1, depth=1, batch_size=1, epochs=1, weight_decay=0
        )
        check_positive(self, "learning_rate")


@train_model.register
def train_garment_detector(config: GarmentDetectorConfig, wardrobe, run):
    """Trains on nine tenths of the photos and measures on the rest.

    Args:
        config: `GarmentDetectorConfig`.
        wardrobe: `Wardrobe`; only its folder matters.
        run: `RunFolder` to fill.

    Returns:
        Dict of mean average precision on the held-out photos, as COCO counts
        it, and how many photos there were.

    Raises:
        InputError: If the boxes cannot be read, or too few photos have any.
    """
    photos = read_coco(wardrobe.folder / config.boxes)
    hashes = splits.hash_rows(
        [splits.hash_ids([str(path.name) for path in photos.paths])],
        config.seed,
    )
    parts = splits.split_by_hash(hashes, _HELD_OUT)
    seen = photos.of(np.flatnonzero(parts == "train"))
    held_out = photos.of(np.flatnonzero(parts == "test"))
    if not len(seen) or not any(map(len, seen.boxes)):
        raise InputError(
            f"{wardrobe.folder / config.boxes}: no photo with a box is left "
            "to learn from."
        )
    keras.utils.set_random_seed(config.seed)
    model = make_garment_detector(
        len(photos.names), config.image_size, config.width, config.depth
    )
    steps = max(len(seen) // config.batch_size, 1)
    model.compile(
        optimizer=keras.optimizers.AdamW(
            warmed_up_cosine(config.learning_rate, config.epochs * steps),
            weight_decay=config.weight_decay,
            global_clipnorm=10.0,
        ),
        box_loss="ciou",
        classification_loss="binary_crossentropy",
    )
    make = _batches(seen, config)
    fit(
        model,
        make,
        run,
        epochs=config.epochs,
        steps=steps,
        name="garment detector",
    )
    run.write_model(model, "detector.keras")
    run.write_json("model/kinds.json", list(photos.names))
    numbers = {"photos": len(seen), "held_out_photos": len(held_out)}
    if len(held_out):
        numbers |= TrainedDetector(run.path).mean_average_precision(held_out)
    return numbers


def _batches(photos, config):
    """Function from the first epoch to shuffled, mirrored, lit batches."""
    images = ImageStore(photos.paths, config.image_size)
    columns = {
        name: tf.constant(values)
        for name, values in padded_boxes(photos, config.image_size).items()
    }
    count, size = len(photos), min(config.batch_size, len(photos))
    steps = count // size

    def load(step):
        seed = tf.stack([tf.constant(config.seed, tf.int64), step])
        order = tf.stack([seed[0], step // steps])
        start = tf.cast(step % steps * size, tf.int32)
        rows = tf.random.experimental.index_shuffle(
            tf.range(start, start + size), order, count - 1
        )
        rows = tf.ensure_shape(rows, (size,))
        pixels = images.batch(rows)
        boxes = tf.gather(columns["boxes"], rows)
        draws = tf.random.stateless_uniform((2, size, 1, 1, 1), seed)
        mirrored = draws[0] < 0.5
        pixels = tf.where(mirrored, pixels[:, :, ::-1], pixels)
        boxes = tf.where(
            mirrored[:, :, 0, 0, None], _mirror(boxes, config.image_size), boxes
        )
        pixels = tf.clip_by_value(pixels * (0.75 + 0.5 * draws[1]), 0.0, 1.0)
        return pixels, {
            "boxes": boxes,
            "classes": tf.gather(columns["classes"], rows),
        }

    def make(first_epoch):
        places = tf.data.Dataset.range(
            first_epoch * steps, config.epochs * steps
        )
        return places.map(load, num_parallel_calls=tf.data.AUTOTUNE).prefetch(2)

    return make


def _mirror(boxes, image_size):
    left, top, right, bottom = tf.unstack(boxes, axis=-1)
    turned = tf.stack(
        [image_size - right, top, image_size - left, bottom], axis=-1
    )
    return tf.where(boxes < 0.0, boxes, turned)
