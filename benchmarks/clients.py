"""Clients of a served pair model: python -m benchmarks.clients, for `serving`.

A process of their own, without TensorFlow, so that they take neither the
server's interpreter nor its memory. Prints the seconds of every request, in
the order of their ends, as JSON.
"""

import argparse
import json
import pickle
import threading
import time

from tfcompat.serving.client import Client


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("address")
    parser.add_argument("question", choices=["score", "complete"])
    parser.add_argument("rows", help="file of questions")
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4.0)
    args = parser.parse_args()
    with open(args.rows, "rb") as file:
        rows = pickle.load(file)
    seconds = []
    threads = [
        threading.Thread(target=_ask, args=(args, rows, at, seconds))
        for at in range(args.clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(seconds))


def _ask(args, rows, at, seconds):
    with Client(args.address, timeout=60) as client:
        client.status("psa_net")  # Opens the connection.
        end = time.perf_counter() + args.seconds
        while time.perf_counter() < end:
            customer, query, candidate, group = rows[at % len(rows)]
            start = time.perf_counter()
            if args.question == "score":
                client.score(customer, query, candidate)
            else:
                client.complete(customer, query, group, 10)
            seconds.append(time.perf_counter() - start)
            at += 1


if __name__ == "__main__":
    main()
