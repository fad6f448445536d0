"""What is known of all benchmarks, from this run and earlier ones."""

import dataclasses
import json

from benchmarks.row import Row


class Results:
    """The latest outcome of each benchmark, with the machine it ran on.

    Args:
        entries: Dict from a benchmark's name to a dict of "machine",
            "seconds", "failure", "small" and "rows".
    """

    def __init__(self, entries=None):
        self.entries = dict(entries or {})

    @classmethod
    def read(cls, path):
        """Those in a file that `as_json` went into; none if there is none."""
        if not path.exists():
            return cls()
        entries = json.loads(path.read_text())["benchmarks"]
        for entry in entries.values():
            for row in entry["rows"]:
                row.pop("meets_goal")
            entry["rows"] = [Row(**row) for row in entry["rows"]]
        return cls(entries)

    def add(self, outcome, machine, small):
        """Puts an `Outcome` in the place of what was known before."""
        self.entries[outcome.name] = {
            "command": f"make bench ONLY={outcome.name}",
            "machine": machine,
            "seconds": round(outcome.seconds, 1),
            "failure": outcome.failure,
            "small": small,
            "rows": outcome.rows,
        }

    def as_json(self):
        """dict, ready for `json.dumps`."""
        return {
            "benchmarks": {
                name: {
                    **entry,
                    "rows": [
                        {
                            **dataclasses.asdict(row),
                            "meets_goal": row.meets_goal,
                        }
                        for row in entry["rows"]
                    ],
                }
                for name, entry in self.entries.items()
            }
        }
