"""ADDE: a query that changes an attribute, and the features of photos."""

import os

import numpy as np

import tfcompat  # noqa: F401  Chooses Keras 2 before TensorFlow is imported.

# isort: split
import tensorflow as tf

from benchmarks.measuring import Peak, interleave
from benchmarks.row import Row
from tfcompat.models.adde import ADDE
from tfcompat.models.backbones import make_backbone
from tfcompat.retrieval.catalogue_index import CatalogueIndex

_ATTRIBUTES, _DIM, _VALUES = 5, 64, 10
_K, _QUERIES = 30, 64
_OWN = 0.5  # Of an item's part, beside a prototype of length 1.
_MOST = 5.0  # Milliseconds.


def run(scratch, small):
    """Rows of milliseconds a query, and of seconds for a thousand photos."""
    # Before TensorFlow starts its threads: one core, as the paper counts.
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    yield from _queries(2000 if small else 100_000)
    yield _features(20 if small else 1000)


def _queries(items):
    embeddings, queries = make_gallery(items)
    true = np.argsort(-queries @ embeddings.T, axis=1)[:, :_K]
    # As it is served: one copy for manipulation and for similarity.
    indexed = np.concatenate([embeddings, embeddings**2], axis=1)
    asked = np.concatenate([queries, np.zeros_like(queries)], axis=1)
    shelf = tf.zeros([1], tf.int32)
    for kind in ("exact", "scann"):
        index = CatalogueIndex(indexed, np.zeros(items, int), 1, kind)
        search = tf.function(
            lambda queries, index=index: index.search(queries, shelf, _K)
        )
        with Peak() as peak:
            found = [search(tf.constant(q[None]))[1][0] for q in asked]
        one = tf.constant(asked[:1])
        best = interleave(
            {"ours": lambda one=one, search=search: search(one)},
            rounds=100,
            seconds=8,
        )
        shared = [
            len(set(row.numpy()) & set(best_rows))
            for row, best_rows in zip(found, true, strict=True)
        ]
        recall = np.mean(shared) / _K
        yield Row(
            f"ADDE-M, top {_K} of {items:,} × {indexed.shape[1]}, "
            f"{index.kind}, one core",
            "ms a query",
            1000 * best["ours"],
            "what it may",
            _MOST,
            1000 * best["ours"] / _MOST,
            "<= 1",
            peak.megabytes,
            f"Of the {_K} best, {kind} finds {recall:.3f}. An item is kept as "
            "[x, x ∘ x], one copy for manipulation and similarity; items are "
            "prototypes of their attributes' values and something of their "
            "own. The paper has 1 ms on a V100.",
        )


def make_gallery(items, seed=0):
    """Items and queries that each change one attribute of an item.

    Returns:
        Tuple of float32 `[items, d]` and `[64, d]`, unit vectors.
    """
    random = np.random.default_rng(seed)
    prototypes = _unit(random.normal(size=(_ATTRIBUTES, _VALUES, _DIM)))
    values = random.integers(0, _VALUES, (items, _ATTRIBUTES))
    parts = prototypes[np.arange(_ATTRIBUTES), values]
    own = random.standard_normal(parts.shape, "float32")
    parts += own * np.float32(_OWN / _DIM**0.5)
    chosen = random.integers(0, items, _QUERIES)
    changed = random.integers(0, _ATTRIBUTES, _QUERIES)
    queries = parts[chosen]
    queries[np.arange(_QUERIES), changed] += (
        prototypes[changed, random.integers(0, _VALUES, _QUERIES)]
        - prototypes[changed, values[chosen, changed]]
    )
    return _unit(parts.reshape(items, -1)), _unit(queries.reshape(_QUERIES, -1))


def _unit(vectors):
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / length).astype("float32")


def _features(count):
    values = {f"a{i}": ["x", "y"] for i in range(_ATTRIBUTES)}
    model = ADDE(make_backbone("small_cnn", 64), values, _DIM)
    represent = tf.function(model.represent)
    batches = tf.random.uniform((-(-count // 100), min(count, 100), 64, 64, 3))
    with Peak() as peak:
        represent(batches[0])
    best = interleave(
        {"ours": lambda: [represent(batch) for batch in batches]}, rounds=3
    )
    return Row(
        f"ADDE on small_cnn, representations of {count:,} photos of 64 pixels, "
        "one core",
        "s",
        best["ours"],
        peak_megabytes=peak.megabytes,
        note="The paper's AlexNet takes 1.9 s on a V100.",
    )
