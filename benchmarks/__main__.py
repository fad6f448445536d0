"""Measures tfcompat: python -m benchmarks [NAME …] [--small] [--out docs].

`make bench` runs all of it, `make bench ONLY=retrieval` one. Prints a table;
writes `benchmarks.md`, `benchmarks.json` and `scaling.png` into the folder
given. Of benchmarks that are not run, the rows of the last run stay.
"""

import argparse
import json
import pathlib
import sys

from benchmarks.machine import describe_machine
from benchmarks.page import line, write_page
from benchmarks.results import Results
from benchmarks.running import LIMITS, run_all


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=", ".join(LIMITS)
    )
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--out", type=pathlib.Path, default="docs")
    args = parser.parse_args()
    for name in args.names:
        if name not in LIMITS:
            parser.error(f"{name!r} is none of {', '.join(LIMITS)}")
    path = args.out / "benchmarks.json"
    results = Results.read(path)
    machine = describe_machine()
    failed = False
    for outcome in run_all(args.names or list(LIMITS), args.small):
        results.add(outcome, machine, args.small)
        for row in outcome.rows:
            print(line(row), flush=True)
        state = outcome.failure or "done"
        print(f"  {outcome.name}: {state}, {outcome.seconds:.0f} s", flush=True)
        failed |= bool(outcome.failure)
    args.out.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results.as_json(), indent=1) + "\n")
    write_page(results, args.out)
    print(f"Written: {args.out}/benchmarks.md, benchmarks.json, scaling.png")
    sys.exit(failed)


if __name__ == "__main__":
    main()
