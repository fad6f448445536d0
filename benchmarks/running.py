"""Runs each benchmark in a process of its own and collects its rows."""

import dataclasses
import json
import pathlib
import subprocess
import sys
import tempfile
import time

from benchmarks.row import Row

# Seconds after which one is stopped; what it had found by then is kept.
LIMITS = {
    "start_up": 120,
    "loading": 180,
    "input_pipeline": 150,
    "training_step": 460,
    "precision": 330,
    "repeated_items": 120,
    "stage_one": 360,
    "retrieval": 330,
    "attribute_queries": 90,
    "bulk_embedding": 120,
    "evaluation": 90,
    "serving": 420,
}
_IN_ALL = 24 * 60


@dataclasses.dataclass
class Outcome:
    """What came of one benchmark.

    Attributes:
        name: Of its file in `benchmarks/cases`.
        rows: List of `Row`.
        seconds: How long it took.
        failure: Why it did not end well; "" if it did.
    """

    name: str
    rows: list
    seconds: float
    failure: str = ""


def run_all(names, small=False, in_all=_IN_ALL, limits=LIMITS):
    """Runs benchmarks one after another.

    Args:
        names: Which.
        small: Whether at sizes that only show that they run.
        in_all: Seconds for all; those that no longer fit are left out.
        limits: Dict from name to its most seconds.

    Yields:
        `Outcome` of each, as soon as it is known.
    """
    end = time.monotonic() + in_all
    for name in names:
        left = end - time.monotonic()
        if left < 5:
            yield Outcome(name, [], 0.0, "no time was left for it")
        else:
            yield run_one(name, small, min(limits[name], left))


def run_one(name, small, limit):
    """Runs one benchmark, for at most `limit` seconds; returns `Outcome`."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tfcompat-bench-") as scratch:
        found = pathlib.Path(scratch) / "rows.jsonl"
        command = [sys.executable, "-m", "benchmarks.case", name]
        command += [scratch, str(found), *(["--small"] if small else [])]
        failure = ""
        try:
            done = subprocess.run(
                command,
                timeout=limit,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
        except subprocess.TimeoutExpired:
            failure = f"stopped after {limit:.0f} s"
        else:
            if done.returncode:
                last = done.stderr.strip().splitlines()[-1:] or ["no message"]
                failure = f"exit status {done.returncode}: {last[0][:200]}"
        lines = found.read_text().splitlines() if found.exists() else []
        # A stopped process may leave half a line.
        rows = [Row(**json.loads(x)) for x in lines if x.endswith("}")]
    return Outcome(name, rows, time.monotonic() - began, failure)
