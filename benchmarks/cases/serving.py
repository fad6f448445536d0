"""The embedded server, beside the same SavedModel called in this process."""

import json
import pickle
import subprocess
import sys

import numpy as np

import tfcompat
from benchmarks.measuring import Peak, timed
from benchmarks.row import Row
from tfcompat.cli.main import main as tfcompat_main
from tfcompat.export.versions import list_versions
from tfcompat.serving.embedded_server import EmbeddedServer

_SIGNATURES = {"score": "serving_default", "complete": "complete"}


def run(scratch, small):
    """Rows of milliseconds and of requests a second."""
    for network in ("small_cnn",) if small else ("small_cnn", "resnet18"):
        folder = scratch / network
        folder.mkdir()
        yield from _serve(folder, network, small)


def _serve(scratch, network, small):
    rows, model = _make_model(scratch, network, small)
    seconds = 0.5 if small else 3.0
    with open(scratch / "rows.pickle", "wb") as file:
        pickle.dump(rows, file)
    with Peak() as peak:
        server = EmbeddedServer(model.parent, port=0, rest_port=None)
        with server:
            address = f"127.0.0.1:{server.port}"

            def ask(question, clients, seconds=seconds):
                return _ask(scratch, address, question, clients, seconds)

            # The very first requests of all, before anything else is asked.
            first = {name: ask(name, 1)[:10] for name in _SIGNATURES}
            for question in _SIGNATURES:
                found = _measure(question, ask, rows, model, seconds)
                yield from _rows(network, question, first[question], found)
    yield Row(
        f"{network}: the process of the server, with all of the above",
        "MB",
        peak.megabytes,
        peak_megabytes=peak.megabytes,
        note="`design` is not served yet, and so not measured.",
    )


def _make_model(scratch, network, small):
    """A PSA-Net, trained, exported; 64 questions about its wardrobe."""
    folder = scratch / "wardrobe"
    items = 60 if small else 200
    size = 64 if network == "small_cnn" else 128
    runs = scratch / "runs"
    for command in (
        f"simulate {folder} --customers 40 --items {items} "
        "--votes-per-customer 30 --pairs-per-customer 30",
        f"train garment-encoder --data {folder} --out {runs}/encoder "
        f"--set epochs=1 --set backbone={network} --set image_size={size}",
        f"train partial-dual --data {folder} --out {runs}/customers "
        "--set rank=4",
        f"train psa-net --data {folder} --out {runs}/psa-net --set epochs=1 "
        f"--set encoder={runs}/encoder --set stage_one={runs}/customers",
        f"export {runs}/psa-net --to {scratch}/models --data {folder}",
    ):
        if tfcompat_main(command.split()):
            raise RuntimeError(f"`tfcompat {command}` has failed.")
    wardrobe = tfcompat.Wardrobe.load(folder)
    photos = wardrobe.image_paths
    rows = [
        (
            wardrobe.customers["customer_id"][vote.customer],
            photos[vote.query].read_bytes(),
            photos[vote.candidate].read_bytes(),
            wardrobe.items["group"][vote.candidate],
        )
        for vote in wardrobe.pair_votes.iloc[:64].itertuples()
    ]
    return rows, scratch / "models" / "psa_net"


def _ask(scratch, address, question, clients, seconds):
    """Seconds of the requests of so many clients."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.clients",
            address,
            question,
            str(scratch / "rows.pickle"),
            f"--clients={clients}",
            f"--seconds={seconds}",
        ],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(done.stdout)


def _measure(question, ask, rows, model, seconds):
    """Dict from who asks to the seconds of each request or batch.

    Server and limit in turns, twice; the better of both counts.
    """
    call = _in_process(question, rows, model)
    asked = {
        "alone": lambda: _repeat(lambda: call(1), seconds),
        "one client": lambda: ask(question, 1),
        "batches": lambda: _repeat(lambda: call(32), seconds),
        "32 clients": lambda: ask(question, 32),
        "8 clients": lambda: ask(question, 8),
    }
    call(1), call(32)
    ask(question, 32, 1.0)  # Batches of every size have been run.
    rounds = [{name: f() for name, f in asked.items()} for _ in range(2)]
    return {
        name: min((found[name] for found in rounds), key=np.median)
        for name in asked
    }


def _in_process(question, rows, model):
    import tensorflow as tf

    version = model / str(list_versions(model)[-1])
    loaded = tf.saved_model.load(str(version))
    signature = loaded.signatures[_SIGNATURES[question]]
    customer, query, candidate, group = zip(*rows, strict=True)
    inputs = {"customer_id": customer, "query": query}
    if question == "score":
        inputs["candidate"] = candidate
    else:
        inputs["group"] = group

    def call(count):
        # Of the model, or it would be collected while its signature is used.
        assert loaded is not None
        given = {key: tf.constant(x[:count]) for key, x in inputs.items()}
        if question == "complete":
            given["k"] = tf.constant(10)
        return {key: x.numpy() for key, x in signature(**given).items()}

    return call


def _repeat(call, seconds):
    times = [timed(call)]
    while sum(times) < seconds:
        times.append(timed(call))
    return times


def _rows(network, question, first, found):
    question = f"`{question}`, {network}"
    medians = {name: 1000 * np.median(times) for name, times in found.items()}
    slow = {name: 1000 * np.percentile(x, 99) for name, x in found.items()}
    added = medians["one client"] - medians["alone"]
    tail = (
        f"{question}, ms at p50 and p99: "
        + ", ".join(
            f"{name} {medians[name]:.1f} and {slow[name]:.1f}"
            for name in ("alone", "one client", "8 clients", "32 clients")
        )
        + ". Alone is in process."
    )
    yield Row(
        f"{question}, one client: what the server adds at p50",
        "ms",
        added,
        "what it may",
        2.0,
        added / 2.0,
        "<= 1",
        note=tail,
    )
    # Each client waits for its answer: the rate is clients over mean seconds.
    rates = {
        clients: clients / np.mean(found[name])
        for clients, name in (
            (1, "one client"),
            (8, "8 clients"),
            (32, "32 clients"),
        )
    }
    limit = 32 / np.mean(found["batches"])
    for clients, rate in rates.items():
        yield Row(
            f"{question}, {clients} clients",
            "requests/s",
            rate,
            "in process, in batches of 32",
            limit,
            rate / limit,
            ">= 0.8" if clients == 32 else "",
        )
    if len(first) == 10:
        yield Row(
            f"{question}, the first request of all, after warm-up",
            "ms",
            1000 * first[0],
            "the tenth",
            1000 * first[9],
            first[0] / first[9],
            "<= 1.5",
            note="Over a connection that is there already.",
        )
