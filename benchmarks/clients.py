"""Clients of a served model: python -m benchmarks.clients, for `serving`.

A process of their own, without TensorFlow, so that they take neither the
server's interpreter nor its memory. Prints JSON: the seconds of every request,
in the order of their ends, and the seconds of CPU that asking took.
"""

import argparse
import contextlib
import json
import pickle
import threading
import time

from tfcompat.serving.client import Client
from tfcompat.serving.client_errors import ModelNotFound

_ASK = {
    "score": lambda client, row, model: client.score(*row[:3], model=model),
    "complete": lambda client, row, model: client.complete(
        row[0], row[1], row[3], 10, model=model
    ),
    "design": lambda client, row, model: client.design(
        row[0], row[1], 10, model=model
    ),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("address")
    parser.add_argument("question", choices=list(_ASK))
    parser.add_argument("model")
    parser.add_argument("rows", help="file of questions")
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4.0)
    args = parser.parse_args()
    with open(args.rows, "rb") as file:
        rows = pickle.load(file)
    seconds, began = [], time.process_time()
    threads = [
        threading.Thread(target=_ask, args=(args, rows, at, seconds))
        for at in range(args.clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.process_time() - began
    print(json.dumps({"seconds": seconds, "cpu": spent}))


def _ask(args, rows, at, seconds):
    ask = _ASK[args.question]
    with Client(args.address, timeout=60) as client:
        # Opens the connection and warms up the client, but not the model.
        with contextlib.suppress(ModelNotFound):
            ask(client, rows[0], "no_such_model")
        end = time.perf_counter() + args.seconds
        while time.perf_counter() < end:
            start = time.perf_counter()
            ask(client, rows[at % len(rows)], args.model)
            seconds.append(time.perf_counter() - start)
            at += 1


if __name__ == "__main__":
    main()
