"""One benchmark in this process: python -m benchmarks.case NAME SCRATCH OUT.

Rows are written to OUT as JSON, a line each, as soon as they are known.
"""

import argparse
import dataclasses
import importlib
import json
import pathlib


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
            print(json.dumps(dataclasses.asdict(row)), file=out, flush=True)


if __name__ == "__main__":
    main()
