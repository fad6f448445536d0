"""How fast the exact and the ScaNN index answer, and how much ScaNN misses.

    python benchmarks/index_benchmark.py [--sizes 1000 10000 100000 1000000]
        [--run RUN --data WARDROBE]

Prints a markdown table: milliseconds a query, asked one and 32 at a time, and
the share of the true ten best that ScaNN finds, by its own estimates and after
the shortlist is ranked exactly. `tfcompat.retrieval.index_choice` rests on it.

The embeddings are random unit vectors, the hardest case for ScaNN; with --run
also those of a trained pair model, whose catalogue is made as large as asked
for by items between the real ones.
"""

import argparse
import time

import tfcompat  # noqa: F401  Chooses Keras 2 before TensorFlow is imported.

# isort: split
import numpy as np
import tensorflow as tf

from tfcompat.retrieval.approximate_shelf import SMALLEST, ApproximateShelf
from tfcompat.retrieval.exact_shelf import ExactShelf

_K = 10
_QUERIES = 256


def random_embeddings(size, dim, random):
    """Items and queries, unit vectors in all directions."""
    items, queries = (
        random.normal(size=(count, dim)).astype("float32")
        for count in (size, _QUERIES)
    )
    return [
        part / np.linalg.norm(part, axis=1, keepdims=True)
        for part in (items, queries)
    ]


def model_embeddings(run, data, size, random):
    """Items and queries of a trained pair model, as an export indexes them."""
    from tfcompat.data.wardrobe import Wardrobe
    from tfcompat.export.catalogue import read_catalogue
    from tfcompat.export.pair_model import PairModel
    from tfcompat.export.photo_features import PhotoFeatures
    from tfcompat.training.run_folder import RunFolder

    wardrobe = Wardrobe.load(data)
    pair = PairModel.of_run(RunFolder(run), wardrobe)
    seen = PhotoFeatures(pair.model, pair.encoder)
    catalogue = read_catalogue(wardrobe, pair.vocabulary, seen)
    count = len(catalogue.item_ids)

    def inputs(features, rows):
        return {
            "features": tf.constant(features),
            "item_rows": tf.fill([len(rows)], -1),
            "groups": tf.constant(catalogue.groups[rows]),
            "categories": tf.constant(catalogue.categories[rows]),
        }

    # New items lie between two real ones of the same group.
    order = np.argsort(catalogue.groups, kind="stable")
    places = random.integers(0, count - 1, size)
    one, other = order[places], order[places + 1]
    share = random.random((size, 1), "float32")
    features = catalogue.features[one] * share
    features += catalogue.features[other] * (1 - share)
    items = [
        pair.model.embed_candidate(
            inputs(features[i : i + 4096], one[i : i + 4096])
        ).numpy()
        for i in range(0, size, 4096)
    ]
    rows = random.integers(0, count, _QUERIES)
    queries = pair.model.embed_query(
        {
            **inputs(catalogue.features[rows], rows),
            "query": tf.range(_QUERIES),
            "customer": tf.constant(
                random.integers(0, len(pair.vocabulary.customers), _QUERIES),
                tf.int32,
            ),
            "candidate_categories": tf.zeros([_QUERIES, 1], tf.int32),
        }
    )
    return np.concatenate(items), queries.numpy()


def measure(search, queries, batch, repeats):
    """Milliseconds a query, the median."""
    graph = tf.function(lambda part: search(part, tf.constant(_K)))
    parts = [
        tf.constant(queries[i : i + batch])
        for i in range(0, _QUERIES - batch + 1, batch)
    ]
    graph(parts[0])
    times = []
    for repeat in range(repeats):
        started = time.perf_counter()
        graph(parts[repeat % len(parts)])
        times.append(time.perf_counter() - started)
    return 1000 * float(np.median(times)) / batch


def recall(found, best):
    """Share of the best that are found."""
    hits = [
        len(set(row) & set(true)) / _K
        for row, true in zip(found, best, strict=True)
    ]
    return float(np.mean(hits))


def find(search, queries):
    """Places of the ten best, `[queries, 10]`, 32 queries at a time."""
    return np.concatenate(
        [
            search(tf.constant(queries[i : i + 32]), tf.constant(_K))[1].numpy()
            for i in range(0, _QUERIES, 32)
        ]
    )


def benchmark(name, items, queries):
    """One line of the table."""
    exact = ExactShelf(items)
    cells = [name, f"{len(items):,}", str(items.shape[1])]
    cells.append(f"{items.nbytes / 1e6:,.0f}")
    cells += [
        f"{measure(exact.search, queries, batch, repeats):.2f}"
        for batch, repeats in ((1, 40), (32, 10))
    ]
    if len(items) >= SMALLEST:
        best = find(exact.search, queries)
        started = time.perf_counter()
        shelf = ApproximateShelf(items)
        built = time.perf_counter() - started
        estimated = find(lambda part, k: shelf._layer(part, k=k), queries)
        cells += [
            *(
                f"{measure(shelf.search, queries, batch, repeats):.2f}"
                for batch, repeats in ((1, 40), (32, 10))
            ),
            f"{recall(estimated, best):.3f}",
            f"{recall(find(shelf.search, queries), best):.3f}",
            f"{built:.0f}",
        ]
    print("|", " | ".join(cells), "|", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--run", help="run folder of a pair model")
    parser.add_argument("--data", help="wardrobe folder, with --run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--sizes",
        type=int,
        nargs="+",
        default=[1000, 10_000, 100_000, 1_000_000],
    )
    args = parser.parse_args()
    random = np.random.default_rng(args.seed)
    print(
        "| embeddings | items | dims | MB | exact, 1 | exact, 32 | ScaNN, 1 "
        "| ScaNN, 32 | recall@10, estimated | ranked | seconds to build |"
    )
    print("|" + "---|" * 11)
    for size in args.sizes:
        if args.run:
            items, queries = model_embeddings(args.run, args.data, size, random)
            benchmark("trained", items, queries)
        else:
            for dim in (48, 128):
                benchmark("random", *random_embeddings(size, dim, random))


if __name__ == "__main__":
    main()
