"""The hundred best of a catalogue, beside NumPy and faiss."""

import os

import numpy as np

import tfcompat  # noqa: F401  Chooses Keras 2 before TensorFlow is imported.

# isort: split
import tensorflow as tf

from benchmarks.measuring import Peak, interleave
from benchmarks.row import Row, missing
from tfcompat.retrieval.approximate_shelf import ApproximateShelf
from tfcompat.retrieval.exact_shelf import ExactShelf

_DIM, _K, _QUERIES = 128, 100, 64
_CLUMP = 200  # Items to a clump.
_NOTE = (
    "Unit vectors in clumps of 200, as a trained model's items lie; queries "
    "lie near items. Random vectors, the hardest case, are in "
    "[serving.md](serving.md)."
)


def run(scratch, small):
    """Rows of milliseconds a query."""
    yield _empty_call()
    for size in (2000, 10_000) if small else (10_000, 100_000, 1_000_000):
        items, queries = clumped_vectors(size)
        exact = ExactShelf(items)
        yield from _exact(exact, items, queries)
        if size == (10_000 if small else 1_000_000):
            yield from _approximate(exact, items, queries)


def clumped_vectors(size, seed=0):
    """Items `[size, 128]` and queries `[64, 128]`, float32 unit vectors."""
    random = np.random.default_rng(seed)
    clumps = random.standard_normal((max(size // _CLUMP, 10), _DIM), "float32")
    items = random.standard_normal((size, _DIM), "float32")
    items *= 0.5
    items += clumps[random.integers(0, len(clumps), size)]
    items /= np.linalg.norm(items, axis=1, keepdims=True)
    near = items[random.integers(0, size, _QUERIES)]
    near = near + 0.03 * random.standard_normal(near.shape, "float32")
    return items, near / np.linalg.norm(near, axis=1, keepdims=True)


def _empty_call():
    """What no search by TensorFlow can take less than."""
    nothing = tf.function(lambda part: part + 1.0)
    given = tf.zeros((1, _DIM))
    best = interleave({"nothing": lambda: nothing(given)}, rounds=12)
    return Row(
        "calling a `tf.function` that does nothing",
        "ms",
        1000 * best["nothing"],
    )


def _exact(shelf, items, queries):
    search = tf.function(lambda part: shelf.search(part, tf.constant(_K)))

    def by_numpy(part):
        products = part @ items.T
        places = np.argpartition(products, -_K, axis=1)[:, -_K:]
        found = np.take_along_axis(products, places, axis=1)
        order = np.argsort(-found, axis=1)
        return np.take_along_axis(places, order, axis=1)

    flat = _faiss_flat(items)
    for batch in (1, 32):
        part = queries[:batch]
        given = tf.constant(part)
        calls = {
            "ours": lambda given=given: search(given),
            "NumPy": lambda part=part: by_numpy(part),
        }
        if flat is not None:
            calls["faiss flat"] = lambda part=part: flat.search(part, _K)
        with Peak() as peak:
            search(given)
        best = interleave(calls, rounds=100, seconds=8)
        what = f"exact top {_K} of {len(items):,} × {_DIM}, {batch} at a time"
        if flat is None:
            yield missing(what, "faiss-cpu", ">= 1")
        for peer in best:
            if peer == "ours":
                continue
            yield Row(
                what,
                "ms a query",
                1000 * best["ours"] / batch,
                peer,
                1000 * best[peer] / batch,
                best[peer] / best["ours"],
                ">= 1" if peer == "faiss flat" else "",
                peak.megabytes,
                _NOTE,
                series=f"retrieval: ours, {batch} at a time"
                if peer == "NumPy"
                else f"retrieval: {peer}, {batch} at a time",
                size=len(items),
                seconds=best["ours" if peer == "NumPy" else peer] / batch,
            )


def _approximate(exact, items, queries):
    """ScaNN, and faiss's IVF, which is the quickest of its to build."""
    shelf = ApproximateShelf(items)
    with Peak() as peak:
        search = tf.function(lambda part: shelf.search(part, tf.constant(_K)))
        _, places = search(tf.constant(queries))
    exactly = tf.function(lambda part: exact.search(part, tf.constant(_K)))
    true = np.concatenate(
        [exactly(tf.constant(queries[i : i + 8]))[1] for i in range(0, 64, 8)]
    )
    ours = _recall(places.numpy(), true)
    inverted = _faiss_inverted(items)
    for batch in (1, 32):
        part = tf.constant(queries[:batch])
        calls = {
            "ours": lambda part=part: search(part),
            "exact": lambda part=part: exactly(part),
        }
        if inverted is not None:
            calls["faiss IVF"] = lambda part=part: inverted.search(
                part.numpy(), _K
            )
        best = interleave(calls, rounds=100, seconds=8)
        what = f"ScaNN top {_K} of {len(items):,} × {_DIM}, {batch} at a time"
        yield Row(
            what,
            "ms a query",
            1000 * best["ours"] / batch,
            "ours, exact",
            1000 * best["exact"] / batch,
            best["exact"] / best["ours"],
            ">= 5",
            peak.megabytes,
            f"ScaNN's recall@{_K} is {ours:.3f}.",
        )
        if inverted is None:
            yield missing(what, "faiss-cpu")
            continue
        found = inverted.search(queries, _K)[1]
        yield Row(
            what,
            "ms a query",
            1000 * best["ours"] / batch,
            "faiss IVF",
            1000 * best["faiss IVF"] / batch,
            best["faiss IVF"] / best["ours"],
            note=f"IVF's recall@{_K}, at 16 of 1,024 lists, is "
            f"{_recall(found, true):.3f}. HNSW is not measured: to build its "
            "graph of a million takes minutes.",
        )
    yield Row(
        f"ScaNN's recall@{_K} of {len(items):,} × {_DIM}",
        "",
        ours,
        "all of them",
        1.0,
        ours,
        ">= 0.95",
        peak.megabytes,
    )


def _recall(found, true):
    hits = [len(set(a) & set(b)) for a, b in zip(found, true, strict=True)]
    return float(np.mean(hits)) / true.shape[1]


def _faiss_flat(items):
    try:
        import faiss
    except ImportError:
        return None
    faiss.omp_set_num_threads(len(os.sched_getaffinity(0)))
    index = faiss.IndexFlatIP(_DIM)
    index.add(items)
    return index


def _faiss_inverted(items):
    try:
        import faiss
    except ImportError:
        return None
    lists = min(1024, len(items) // 40)
    index = faiss.IndexIVFFlat(
        faiss.IndexFlatIP(_DIM), _DIM, lists, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.niter = 5
    index.train(items[: 64 * lists])
    index.add(items)
    index.nprobe = 16
    return index
