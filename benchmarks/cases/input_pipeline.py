"""From JPEG files to batches, beside decoding alone."""

import os
from concurrent import futures

import numpy as np

import tfcompat  # noqa: F401  Chooses Keras 2 before TensorFlow is imported.

# isort: split
import tensorflow as tf

from benchmarks.measuring import Peak, interleave, timed
from benchmarks.photos import write_photos
from benchmarks.row import Row
from tfcompat.data.images import ImageStore
from tfcompat.models.backbones import make_backbone

_SIZE, _BATCH = 128, 64


def run(scratch, small):
    """Rows of images a second."""
    for side, count in ((128, 6000), (512, 1200)):
        count = 40 if small else count
        paths = write_photos(scratch / str(side), count, side)
        yield from _from_files(paths, side)
    yield _cached(paths)


def _from_files(paths, side):
    contents = [path.read_bytes() for path in paths]
    cores = len(os.sched_getaffinity(0))
    parts = [tf.constant(contents[core::cores]) for core in range(cores)]
    decode = _decoding(side)

    def decode_alone():
        with futures.ThreadPoolExecutor(cores) as pool:
            for _ in pool.map(decode, parts):
                pass

    def once():
        """Decode all and hand them out once: a first epoch."""
        _drain(ImageStore(paths, _SIZE))

    streamed = ImageStore(paths, _SIZE, memory_bytes=0)
    with Peak() as peak:
        _drain(streamed)
    best = interleave(
        {
            "alone": decode_alone,
            "once": once,
            "streamed": lambda: _drain(streamed),
        },
        rounds=3,
        collect=True,
    )
    rates = {name: len(paths) / seconds for name, seconds in best.items()}
    note = (
        "The limit is `tf.io.decode_jpeg` on bytes in memory, a graph for each "
        "core; for photos of 512 pixels also `tf.image.resize` with "
        "`antialias`. Ours decodes those at half their size, which differs by "
        "under 1/255 on average, and so may beat it. A JPEG of 128 pixels "
        "takes 0.1 ms to decode; a look at its header (so that a broken file "
        "is named before training) and becoming floats in a batch take as long."
    )
    for name, what in (
        ("once", "cold: checked, decoded, kept, handed out once"),
        ("streamed", "cold in every epoch: nothing kept"),
    ):
        yield Row(
            f"JPEGs of {side} pixels to batches at {_SIZE}, {what}",
            "images/s",
            rates[name],
            "decoding alone, all cores"
            if side == _SIZE
            else "decoding and scaling alone, all cores",
            rates["alone"],
            rates[name] / rates["alone"],
            ">= 0.9",
            peak.megabytes,
            note,
        )


def _decoding(side):
    """Graph that decodes the contents it is given, one after the other."""

    def decode(content):
        pixels = tf.io.decode_jpeg(content, channels=3)
        if side == _SIZE:
            return tf.shape(pixels)[0]
        pixels = tf.cast(pixels, tf.float32)
        scaled = tf.image.resize(pixels, (_SIZE, _SIZE), antialias=True)
        return tf.cast(scaled[0, 0, 0], tf.int32)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def decode_all(contents):
        return tf.map_fn(
            decode,
            contents,
            fn_output_signature=tf.int32,
            parallel_iterations=1,
        )

    return decode_all


def _drain(store):
    dataset = tf.data.Dataset.range(0, len(store), _BATCH).map(
        lambda start: store.batch(
            tf.range(
                tf.cast(start, tf.int32),
                tf.minimum(tf.cast(start, tf.int32) + _BATCH, len(store)),
            )
        ),
        num_parallel_calls=tf.data.AUTOTUNE,
    )
    for batch in dataset.prefetch(tf.data.AUTOTUNE):
        del batch


def _cached(paths):
    """Batches from memory beside the quickest network's training."""
    store = ImageStore(paths, _SIZE)
    backbone = make_backbone("small_cnn", _SIZE)
    images = tf.constant(np.random.random((_BATCH, _SIZE, _SIZE, 3)), "float32")

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(backbone(images, training=True))
        return tape.gradient(loss, backbone.trainable_variables)[0]

    with Peak() as peak:
        _drain(store)
    _drain(store)
    seconds = min(timed(lambda: _drain(store)) for _ in range(3))
    step()
    training = min(timed(step) for _ in range(3))
    rate, fastest = len(paths) / seconds, _BATCH / training
    return Row(
        f"kept pixels to batches at {_SIZE}",
        "images/s",
        rate,
        "training of the smallest CNN, forward and backward",
        fastest,
        rate / fastest,
        ">= 3",
        peak.megabytes,
        "Cached images may never be the bottleneck: at 3 they are a quarter "
        "of a step even where nothing runs side by side.",
    )
