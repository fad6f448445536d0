"""How long ADDE takes: features of photos, and a manipulation query.

    taskset -c 0 python benchmarks/attribute_benchmark.py [--items 100000]
        [--attributes 5 --dim 64] [--images 1000 --image-size 64]

Prints milliseconds a query over a gallery of random unit vectors, exact and by
ScaNN, as a server answers it (`[x, x o x]`, one copy for manipulation and
similarity), and seconds for the features of so many images by the small
backbone, untrained. The paper's: 1.9 s for 1,000 images and 1 ms a query on a
V100.
"""

import argparse
import time

import tfcompat  # noqa: F401  Chooses Keras 2 before TensorFlow is imported.

# isort: split
import numpy as np
import tensorflow as tf

from tfcompat.models.adde import ADDE
from tfcompat.models.backbones import make_backbone
from tfcompat.retrieval.catalogue_index import CatalogueIndex

_QUERIES = 64
_K = 30


def milliseconds(call, queries):
    """Median time of one query at a time."""
    call(queries[:1])  # Traces.
    times = []
    for place in range(len(queries)):
        start = time.perf_counter()
        call(queries[place : place + 1])
        times.append(time.perf_counter() - start)
    return 1e3 * float(np.median(times))


def time_queries(items, dim, kind):
    """Milliseconds a query, and the share of the true k that is found."""
    random = np.random.default_rng(0)
    vectors = random.normal(size=(items, dim)).astype("float32")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = CatalogueIndex(
        np.concatenate([vectors, vectors**2], axis=1),
        np.zeros(items, "int32"),
        1,
        kind,
    )
    # Queries near an item each, as a changed garment is.
    near = vectors[random.integers(0, items, _QUERIES)]
    near += 0.5 * random.normal(size=near.shape) / np.sqrt(dim)
    near = near.astype("float32")
    asked = np.concatenate([near, np.zeros_like(near)], axis=1)
    shelf = tf.zeros([1], tf.int32)
    search = tf.function(
        lambda queries: index.search(queries, shelf, _K),
        input_signature=[tf.TensorSpec([1, 2 * dim], tf.float32)],
    )
    taken = milliseconds(lambda q: search(tf.constant(q)), asked)
    found = [search(tf.constant(q[None]))[1].numpy()[0] for q in asked]
    true = np.argsort(-near @ vectors.T, axis=1)[:, :_K]
    shared = [len(set(f) & set(t)) for f, t in zip(found, true, strict=True)]
    return taken, np.mean(shared) / _K


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--attributes", type=int, default=5)
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--image-size", type=int, default=64)
    args = parser.parse_args()
    print("| index | ms a query | share of the true 30 |\n|---|---|---|")
    for kind in ("exact", "scann"):
        taken, recall = time_queries(
            args.items, args.attributes * args.dim, kind
        )
        print(f"| {kind} | {taken:.1f} | {recall:.3f} |", flush=True)
    values = {f"a{i}": ["x", "y"] for i in range(args.attributes)}
    backbone = make_backbone("small_cnn", args.image_size)
    represent = tf.function(ADDE(backbone, values, args.dim).represent)
    shape = (100, args.image_size, args.image_size, 3)
    images = tf.random.uniform(shape)
    represent(images)  # Traces.
    start = time.perf_counter()
    for _ in range(-(-args.images // 100)):
        represent(images)
    seconds = time.perf_counter() - start
    print(f"\nRepresentations of {args.images} images: {seconds:.2f} s")


if __name__ == "__main__":
    main()
