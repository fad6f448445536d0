"""One benchmark in this process: python -m benchmarks.case NAME SCRATCH OUT.

Rows are written to OUT as JSON, a line each, as soon as they are known.
"""

import argparse
import dataclasses
import importlib
import json
import math
import pathlib
import resource

from benchmarks.measuring import peak_megabytes


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name")
    parser.add_argument("scratch", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--small", action="store_true")
    args = parser.parse_args()
    case = importlib.import_module(f"benchmarks.cases.{args.name}")
    with open(args.out, "a", encoding="utf-8") as out:
        for row in case.run(args.scratch, args.small):
            row = _with_peak(row)
            print(json.dumps(dataclasses.asdict(row)), file=out, flush=True)


def _with_peak(row):
    """Fills in the peak until now where a benchmark does not say its own."""
    if row.peak_megabytes is not None or math.isnan(row.ours):
        return row
    started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    peak = max(peak_megabytes(), started)
    return dataclasses.replace(row, peak_megabytes=peak)


if __name__ == "__main__":
    main()
