"""How long ADDE takes: features of photos, and a manipulation query.

    taskset -c 0 python benchmarks/attribute_benchmark.py [--items 100000]
        [--attributes 5 --dim 64] [--images 1000 --image-size 64]

Prints milliseconds a query over a gallery, exact and by ScaNN, as a server
answers it (`[x, x o x]`, one copy for manipulation and similarity), which of
the two `choose_index` would take, and seconds for the features of so many
images by the small backbone, untrained. Items are what an encoder makes of
them: in each attribute's subspace the prototype of one of ten values and
something of their own; a query is an item with one prototype taken away and
another one added.
The paper's: 1.9 s for 1,000 images and 1 ms a query on a V100.
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
from tfcompat.retrieval.index_choice import choose_index

_QUERIES = 64
_K = 30
_VALUES = 10
_OWN = 0.5  # Of an item's part, beside a prototype of length 1.


def milliseconds(call, queries):
    """Median time of one query at a time."""
    call(queries[:1])  # Traces.
    times = []
    for place in range(len(queries)):
        start = time.perf_counter()
        call(queries[place : place + 1])
        times.append(time.perf_counter() - start)
    return 1e3 * float(np.median(times))


def make_gallery(items, attributes, dim):
    """Items and changed queries; float32 of length 1, `[n, A d]`."""
    random = np.random.default_rng(0)

    def unit(x):
        return (x / np.linalg.norm(x, axis=-1, keepdims=True)).astype("float32")

    prototypes = unit(random.normal(size=(attributes, _VALUES, dim)))
    values = random.integers(0, _VALUES, (items, attributes))
    parts = prototypes[np.arange(attributes), values]
    own = random.standard_normal(parts.shape, "float32")
    parts += own * np.float32(_OWN / np.sqrt(dim))
    chosen = random.integers(0, items, _QUERIES)
    changed = random.integers(0, attributes, _QUERIES)
    rows = np.arange(_QUERIES)
    queries = parts[chosen]
    queries[rows, changed] += (
        prototypes[changed, random.integers(0, _VALUES, _QUERIES)]
        - prototypes[changed, values[chosen, changed]]
    )
    return unit(parts.reshape(items, -1)), unit(queries.reshape(_QUERIES, -1))


def time_queries(vectors, near, kind):
    """Milliseconds a query, and the share of the true k that is found."""
    items, dim = vectors.shape
    index = CatalogueIndex(
        np.concatenate([vectors, vectors**2], axis=1),
        np.zeros(items, "int32"),
        1,
        kind,
    )
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
    gallery = make_gallery(args.items, args.attributes, args.dim)
    chosen = choose_index(args.items, 2 * args.attributes * args.dim)
    for kind in ("exact", "scann"):
        taken, recall = time_queries(*gallery, kind)
        name = f"{kind}, chosen" if kind == chosen else kind
        print(f"| {name} | {taken:.1f} | {recall:.3f} |", flush=True)
    del gallery
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
