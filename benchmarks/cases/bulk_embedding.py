"""A catalogue's photos to features, beside the network alone."""

import numpy as np

import tfcompat  # noqa: F401  Chooses Keras 2 before TensorFlow is imported.

# isort: split
import tensorflow as tf

from benchmarks.measuring import Peak, interleave
from benchmarks.photos import write_photos
from benchmarks.row import Row
from tfcompat.data.images import ImageStore
from tfcompat.models.backbones import make_backbone
from tfcompat.models.garment_encoder import GarmentEncoder
from tfcompat.training.garment_encoder import describe_images

_SIZE, _BATCH = 128, 128


def run(scratch, small):
    """One row: images a second."""
    count = 2 * _BATCH if small else 24 * _BATCH
    name = "small_cnn" if small else "resnet18"
    paths = write_photos(scratch / "photos", count, _SIZE)
    backbone = make_backbone(name, _SIZE)
    encoder = GarmentEncoder(backbone, {"category": {"values": ["a", "b"]}})
    encoder(tf.zeros([1, _SIZE, _SIZE, 3]))
    images = tf.constant(np.random.random((_BATCH, _SIZE, _SIZE, 3)), "float32")
    alone = tf.function(lambda: backbone(images))

    def bare():
        for _ in range(count // _BATCH):
            alone()

    def embed():
        return describe_images(encoder, ImageStore(paths, _SIZE), _BATCH)

    with Peak() as peak:
        embed()
    alone()  # Traces; ours is traced anew each time, as in a user's run.
    best = interleave({"ours": embed, "bare": bare}, rounds=2, warm_up=False)
    rates = {key: count / seconds for key, seconds in best.items()}
    yield Row(
        f"{count:,} JPEGs of {_SIZE} pixels to features of {name}",
        "images/s",
        rates["ours"],
        "the network's inference alone",
        rates["bare"],
        rates["ours"] / rates["bare"],
        ">= 0.9",
        peak.megabytes,
        "With checking and decoding the files, and tracing.",
    )
