"""Load on the embedded server: speed, and versions swapped meanwhile.

    python benchmarks/serving_load.py saved_models/psa_net --data wardrobe

Prints a markdown table: the server with 1, 8 and 32 clients beside the same
SavedModel called in this process, one request at a time and in batches of 32.
Then clients go on asking while versions are swapped (`--swaps`) and a broken
one is pushed; a single failed request ends it with exit status 1.
"""

import argparse
import collections
import pathlib
import shutil
import sys
import tempfile
import threading
import time

import numpy as np

import tfcompat
from tfcompat.export.versions import list_versions
from tfcompat.serving.client import Client
from tfcompat.serving.embedded_server import EmbeddedServer


def main():
    args = _arguments()
    rows = _questions(tfcompat.Wardrobe.load(args.data))
    versions = args.model / str(list_versions(args.model)[-1])
    with tempfile.TemporaryDirectory(prefix="tfcompat-load-") as folder:
        root = pathlib.Path(folder)
        _copy_version(versions, root / args.model.name, 1)
        with EmbeddedServer(
            root, port=0, rest_port=None, poll_seconds=0.2
        ) as server:
            address = f"127.0.0.1:{server.port}"
            _print_speed(address, args, rows, versions)
            failed = _swap(address, args, rows, versions, root)
    sys.exit(1 if failed else 0)


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path, help="model folder")
    parser.add_argument("--data", required=True, help="wardrobe folder")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--swaps", type=int, default=20)
    return parser.parse_args()


def _questions(wardrobe):
    """Rows of customer, query photo, candidate photo and its group."""
    votes = wardrobe.pair_votes.iloc[:64]
    photos = wardrobe.image_paths
    customers = wardrobe.customers["customer_id"]
    groups = wardrobe.items["group"]
    return [
        (
            customers.iloc[vote.customer],
            photos[vote.query].read_bytes(),
            photos[vote.candidate].read_bytes(),
            groups.iloc[vote.candidate],
        )
        for vote in votes.itertuples()
    ]


_ASK = {
    "score": lambda client, model, row: client.score(*row[:3], model=model),
    "complete": lambda client, model, row: client.complete(
        row[0], row[1], row[3], 10, model=model
    ),
}
_SIGNATURES = {"score": "serving_default", "complete": "complete"}
_INPUTS = {
    "score": lambda rows: {
        "customer_id": [row[0] for row in rows],
        "query": [row[1] for row in rows],
        "candidate": [row[2] for row in rows],
    },
    "complete": lambda rows: {
        "customer_id": [row[0] for row in rows],
        "query": [row[1] for row in rows],
        "group": [row[3] for row in rows],
        "k": 10,
    },
}


def _print_speed(address, args, rows, version):
    print("| question | asked by | p50 ms | p99 ms | rows/s |")
    print("|---|---|---|---|---|")
    for question in _ASK:
        for batch in (1, 32):
            times = _in_process(version, question, rows, batch, args.seconds)
            _print_row(question, f"this process, {batch} rows", times, batch, 1)
        for clients in (1, 8, 32):
            times = _by_clients(address, args, question, rows, clients)
            _print_row(question, f"{clients} clients", times, 1, clients)


def _print_row(question, who, times, batch, clients):
    median, slow = 1e3 * np.percentile(times, [50, 99])
    rate = batch * clients / np.mean(times)
    print(
        f"| {question} | {who} | {median:.1f} | {slow:.1f} | {rate:.0f} |",
        flush=True,
    )


def _in_process(version, question, rows, batch, seconds):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(version))
    run = loaded.signatures[_SIGNATURES[question]]
    chosen = (rows * (-(-batch // len(rows))))[:batch]
    inputs = {
        name: tf.constant(values)
        for name, values in _INPUTS[question](chosen).items()
    }
    for _ in range(3):
        run(**inputs)
    return _timed(lambda _: run(**inputs), seconds)


def _by_clients(address, args, question, rows, clients):
    times = collections.deque()

    def ask():
        with Client(address, timeout=60) as client:
            times.extend(
                _timed(
                    lambda i: _ASK[question](
                        client, args.model.name, rows[i % len(rows)]
                    ),
                    args.seconds,
                )
            )

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(times)


def _timed(call, seconds):
    times, end = [], time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        call(len(times))
        times.append(time.perf_counter() - start)
    return times


def _swap(address, args, rows, version, root):
    """Swaps versions under four clients; returns how many requests failed."""
    answers, failures = collections.Counter(), []
    stop = threading.Event()

    def ask(i):
        with Client(address, timeout=60, retries=0) as client:
            while not stop.is_set():
                row = rows[i % len(rows)]
                try:
                    answer = client.predict(
                        args.model.name,
                        _INPUTS["complete"]([row]),
                        signature="complete",
                    )
                    answers[answer.version] += 1
                except Exception as error:  # Counted, whatever it is.
                    failures.append(repr(error))

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    folder = root / args.model.name
    started = time.perf_counter()
    try:
        for number in range(2, args.swaps + 2):
            _copy_version(version, folder, number)
            while number not in answers:
                time.sleep(0.02)
            shutil.rmtree(folder / str(number - 1))
            if number == args.swaps // 2:
                (folder / str(number + 1000)).mkdir()
                broken = folder / str(number + 1000) / "saved_model.pb"
                broken.write_bytes(b"no SavedModel")
                time.sleep(1.0)
                shutil.rmtree(broken.parent)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    print(
        f"\n{args.swaps} swaps and a broken version in "
        f"{time.perf_counter() - started:.0f} s: {sum(answers.values())} "
        f"answers by {len(answers)} versions, {len(failures)} failed"
    )
    for failure in failures[:5]:
        print(failure)
    return len(failures)


def _copy_version(version, folder, number):
    partial = folder / f".{number}.partial"
    shutil.copytree(version, partial)
    partial.rename(folder / str(number))


if __name__ == "__main__":
    main()
