"""The embedded server, beside the same SavedModel called in this process."""

import json
import pickle
import subprocess
import sys

import numpy as np

from benchmarks.measuring import Peak, timed
from benchmarks.row import Row
from benchmarks.served import DESIGNS, PAIRS, Served
from tfcompat.export.versions import list_versions
from tfcompat.serving.embedded_server import EmbeddedServer

_SIGNATURES = {
    "score": "serving_default",
    "complete": "complete",
    "design": "design",
}


def run(scratch, small):
    """Rows of milliseconds and of requests a second."""
    networks = {"small_cnn": 64} | ({} if small else {"resnet18": 128})
    served = [
        Served(
            f"PSA-Net on {network}, {size} px",
            "psa_net",
            ("score", "complete"),
            PAIRS,
            network,
            size,
            scratch / network,
        )
        for network, size in networks.items()
    ]
    served.append(
        Served(
            "designer-small, 64 px",
            "designer",
            ("design",),
            DESIGNS,
            "small_cnn",
            64,
            scratch / "designer",
        )
    )
    for model in served:
        yield from _serve(model, small)


def _serve(served, small):
    folder = served.folder
    folder.mkdir()
    rows = served.make(small)
    seconds = 0.5 if small else 1.5
    with open(folder / "rows.pickle", "wb") as file:
        pickle.dump(rows, file)
    with Peak() as peak:
        server = EmbeddedServer(folder / "models", port=0, rest_port=None)
        with server:
            address = f"127.0.0.1:{server.port}"

            def ask(question, clients, seconds=seconds):
                return _ask(served, address, question, clients, seconds)

            # The very first requests of all, before anything else is asked.
            first = {
                name: ask(name, 1, 0.5)["seconds"][:10]
                for name in served.questions
            }
            for question in served.questions:
                found, later, cpu = _measure(
                    question, ask, rows, served, seconds
                )
                what = f"`{question}`, {served.what}"
                yield from _rows(what, found, cpu)
                if len(first[question]) == 10:
                    yield from _first_rows(what, first[question], later)
    yield Row(
        f"{served.what}: the process of the server, with all of the above",
        "MB",
        peak.megabytes,
        peak_megabytes=peak.megabytes,
    )


def _ask(served, address, question, clients, seconds):
    """What `benchmarks.clients` found with so many clients."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.clients",
            address,
            question,
            served.name,
            str(served.folder / "rows.pickle"),
            f"--clients={clients}",
            f"--seconds={seconds}",
        ],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(done.stdout)


def _measure(question, ask, rows, served, seconds):
    """Server and limit in turns, twice; the better of both counts.

    Returns:
        Dict from who asks to the seconds of each request or batch; the seconds
        of the first request of one client alone; and the milliseconds of CPU
        that a request takes of one of 32 clients.
    """
    call = _in_process(question, rows, served)
    cpu, first = [], []

    def ask_alone():
        found = ask(question, 1)["seconds"]
        first.append(found[0])
        return found

    def ask_many():
        found = ask(question, 32)
        cpu.append(1000 * found["cpu"] / len(found["seconds"]))
        return found["seconds"]

    asked = {
        "alone": lambda: _repeat(lambda: call(1), seconds),
        "one client": ask_alone,
        "batches": lambda: _repeat(lambda: call(32), seconds),
        "32 clients": ask_many,
        "8 clients": lambda: ask(question, 8)["seconds"],
    }
    call(1), call(32)
    ask(question, 32, 1.0)  # Batches of every size have been run.
    rounds = [{name: f() for name, f in asked.items()} for _ in range(2)]
    found = {
        name: min((found[name] for found in rounds), key=np.median)
        for name in asked
    }
    return found, min(first), min(cpu)


def _in_process(question, rows, served):
    import tensorflow as tf

    model = served.folder / "models" / served.name
    version = model / str(list_versions(model)[-1])
    loaded = tf.saved_model.load(str(version))
    signature = loaded.signatures[_SIGNATURES[question]]
    customer, query, candidate, group = zip(*rows, strict=True)
    inputs = {"customer_id": customer, "query": query}
    if question == "score":
        inputs["candidate"] = candidate
    elif question == "complete":
        inputs["group"] = group

    def call(count):
        # Of the model, or it would be collected while its signature is used.
        assert loaded is not None
        given = {key: tf.constant(x[:count]) for key, x in inputs.items()}
        if question != "score":
            given["k"] = tf.constant(10)
        return {key: x.numpy() for key, x in signature(**given).items()}

    return call


def _repeat(call, seconds):
    times = [timed(call)]
    while sum(times) < seconds:
        times.append(timed(call))
    return times


def _rows(question, found, client_cpu):
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
    shared = (
        f"The clients run on the same cores and take {client_cpu:.1f} ms of "
        "CPU a request, of which the limit knows nothing."
    )
    for clients, rate in rates.items():
        yield Row(
            f"{question}, {clients} clients",
            "requests/s",
            rate,
            "in process, in batches of 32",
            limit,
            rate / limit,
            ">= 0.8" if clients == 32 else "",
            note=shared if clients == 32 else "",
        )


def _first_rows(question, first, later):
    """The very first request beside the tenth and beside another first."""
    what = f"{question}, the first request of all, after warm-up"
    for against, seconds, note in (
        (
            "the tenth",
            first[9],
            "Over a connection that is there already, by a client that has "
            "asked for a model that is not there.",
        ),
        (
            "a later client's first",
            later,
            "Some machines are slow after any rest, and before a client's "
            "first request lies the second or two that it takes to start. The "
            "first of a later client has had as long a rest.",
        ),
    ):
        yield Row(
            what,
            "ms",
            1000 * first[0],
            against,
            1000 * seconds,
            first[0] / seconds,
            "<= 1.5",
            note=note,
        )
