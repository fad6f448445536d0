"""Versions swapped under load on the embedded server.

    python benchmarks/serving_load.py saved_models/psa_net --data wardrobe

Four clients go on asking while versions are swapped (`--swaps`) and a broken
one is pushed; a single failed request ends it with exit status 1. How fast the
server is says `make bench ONLY=serving`.
"""

import argparse
import collections
import pathlib
import shutil
import sys
import tempfile
import threading
import time

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
            failed = _swap(address, args, rows, versions, root)
    sys.exit(1 if failed else 0)


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path, help="model folder")
    parser.add_argument("--data", required=True, help="wardrobe folder")
    parser.add_argument("--swaps", type=int, default=20)
    return parser.parse_args()


def _questions(wardrobe):
    """Inputs of `complete`: a customer, a photo and the group to find."""
    votes = wardrobe.pair_votes.iloc[:64]
    photos = wardrobe.image_paths
    customers = wardrobe.customers["customer_id"]
    groups = wardrobe.items["group"]
    return [
        {
            "customer_id": [customers.iloc[vote.customer]],
            "query": [photos[vote.query].read_bytes()],
            "group": [groups.iloc[vote.candidate]],
            "k": 10,
        }
        for vote in votes.itertuples()
    ]


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
                        row,
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
