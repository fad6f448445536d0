"""How fast GECo trains: ResNet18 at 128 pixels, float32 against bfloat16.

    python benchmarks/geco_training.py [--steps 6] [--batch 64] [--image 128]

Prints a markdown table of pairs and of images a second. A pair is three
images: its top, its template, its bottom. Templates are ready, as in a run,
where they are generated once. Random pixels: only the time counts.
"""

import argparse
import time

import tfcompat  # noqa: F401  Chooses Keras 2 before TensorFlow is imported.

# isort: split
import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.layers.imagenet_pixels import ImageNetPixels
from tfcompat.losses.geco import GECoLoss
from tfcompat.models.backbones import make_backbone
from tfcompat.models.geco import GECo

_PRECISIONS = ("float32", "mixed_bfloat16")


def seconds_a_step(precision, batch, side, steps):
    """Mean over `steps` training steps, after one that is not counted."""
    keras.mixed_precision.set_global_policy(precision)
    keras.utils.set_random_seed(0)
    model = GECo(make_backbone("resnet18", side), pixels=ImageNetPixels())
    model.compile(keras.optimizers.Adam(1e-4), loss=GECoLoss())
    random = np.random.default_rng(0)
    shape = (side, side, 3)
    rows = tf.range(batch)
    inputs = {
        "items": tf.constant(
            random.random((2 * batch, *shape), dtype="float32")
        ),
        "template": tf.constant(
            random.random((batch, *shape), dtype="float32")
        ),
        "query": rows,
        "candidates": tf.tile(batch + rows[None], (batch, 1)),
        "customer": rows,
    }
    data = tf.data.Dataset.from_tensors((inputs, tf.eye(batch)))
    model.fit(data, verbose=0)
    started = time.monotonic()
    model.fit(data.repeat(), steps_per_epoch=steps, verbose=0)
    return (time.monotonic() - started) / steps


def main():
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name, value in (("steps", 6), ("batch", 64), ("image", 128)):
        parser.add_argument(f"--{name}", type=int, default=value)
    args = parser.parse_args()
    print("| precision | pairs/s | images/s | against float32 |")
    print("|---|---|---|---|")
    first = None
    for precision in _PRECISIONS:
        seconds = seconds_a_step(precision, args.batch, args.image, args.steps)
        first = first or seconds
        pairs = args.batch / seconds
        print(
            f"| {precision} | {pairs:.1f} | {3 * pairs:.1f} | "
            f"{first / seconds:.2f} |"
        )


if __name__ == "__main__":
    main()
