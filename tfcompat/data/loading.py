"""From a folder's tables to checked frames that hold row numbers."""

import logging

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tfcompat.data import splits, table_specs
from tfcompat.data.errors import InputError
from tfcompat.data.frames import (
    ITEM_VOTE_IDS,
    PAIR_VOTE_IDS,
    empty_outfits,
    empty_questions,
    empty_votes,
    text_frame,
    timestamps,
)
from tfcompat.data.image_files import ImagePaths
from tfcompat.data.rejection import move_rejected
from tfcompat.data.tables import read_table
from tfcompat.data.validation import Findings, duplicates, is_number

_NONE = -1  # No row: an id that is empty or unknown.
_VOTES = {"1": 1, "+1": 1, "1.0": 1, "-1": -1, "-1.0": -1}
_LABELS = {"1": 1, "1.0": 1, "0": 0, "0.0": 0}

logger = logging.getLogger(__name__)


def read_frames(folder, skip_bad):
    """Reads and checks every table of a wardrobe folder.

    Args:
        folder: `pathlib.Path` of the folder.
        skip_bad: Whether to move bad rows to `rejected.csv`, not to stop.

    Returns:
        Dict of table name to frame, as `Wardrobe` holds them except that
        votes have no splits yet.

    Raises:
        InputError: As `tfcompat.data.wardrobe.Wardrobe.load`.
    """
    return _Loader(folder, skip_bad).load()


class _Loader:
    """Reads one folder; holds what its tables share."""

    def __init__(self, folder, skip_bad):
        self.folder = folder
        self.skip_bad = skip_bad
        self.rejected = []
        self.ids = {}  # "item" or "customer" to Arrow array of its ids.

    def load(self):
        frames = {"items": self._items()}
        specs = (
            table_specs.ITEM_VOTES,
            table_specs.PAIR_VOTES,
            table_specs.OUTFITS,
            table_specs.QUESTIONS,
        )
        rest = {spec.name: self._read(spec) for spec in specs}
        frames["customers"] = self._customers(rest.values())
        frames["item_votes"] = self._votes(rest["item_votes"], ITEM_VOTE_IDS)
        frames["pair_votes"] = self._votes(rest["pair_votes"], PAIR_VOTE_IDS)
        frames["outfits"] = self._outfits(rest["outfits"])
        frames["questions"] = self._questions(rest["questions"])
        move_rejected(self.folder, self.rejected)
        return frames

    def _read(self, spec):
        path = table_specs.find_table(self.folder, spec)
        if path is None:
            return None
        table = read_table(path, spec)
        unknown = [name for name in table.columns if not spec.knows(name)]
        if unknown:
            logger.warning(
                "%s: columns with no meaning here: %s.",
                path,
                ", ".join(unknown),
            )
        return table

    def _settle(self, findings):
        self.rejected += findings.settle(self.skip_bad)
        return np.flatnonzero(findings.good())

    def _items(self):
        table = self._read(table_specs.ITEMS)
        if table is None:
            raise InputError(
                f"{self.folder}: holds no items.csv (nor items.parquet); it "
                "is not a wardrobe folder."
            )
        findings = Findings(table)
        self._check_new_ids(findings, "item_id")
        findings.add_empty(["image", "group", "category"])
        free = ("text", "brand", "image")
        findings.add_nan([name for name in table.columns if name not in free])
        images = table.columns["image"]
        paths = ImagePaths(self.folder)
        problems = np.array([paths.problem(image) for image in images.values])
        for problem in sorted(set(problems) - {""}):
            bad = (problems == problem)[images.codes]
            findings.add(bad, "image", problem)
        if "price" in table.columns:
            bad = table.columns["price"].where(
                lambda text: text and not (is_number(text) and float(text) >= 0)
            )
            findings.add(bad, "price", "is not a price")
        items = text_frame(table, self._settle(findings))
        self.ids["item"] = pa.array(items["item_id"], pa.string())
        return items

    def _check_new_ids(self, findings, column):
        ids = findings.table.columns[column]
        findings.add_empty([column])
        findings.add(
            pd.Series(ids.codes).duplicated().to_numpy() & ~ids.equals(""),
            column,
            "is there twice; ids must differ",
        )

    def _customers(self, others):
        table = self._read(table_specs.CUSTOMERS)
        if table is None:
            seen = set()
            for other in others:
                if other is not None:
                    seen.update(other.columns["customer_id"].values)
            seen = sorted(text for text in seen if text)
            customers = pd.DataFrame({"customer_id": seen}, dtype=object)
        else:
            findings = Findings(table)
            self._check_new_ids(findings, "customer_id")
            findings.add_nan(table.columns)
            customers = text_frame(table, self._settle(findings))
        self.ids["customer"] = pa.array(customers["customer_id"], pa.string())
        return customers

    def _references(self, findings, columns, optional=()):
        """Row numbers that ids stand for; unknown ids become findings."""
        numbers = {}
        for name, column in columns.items():
            kind = "customer" if name == "customer" else "item"
            ids = findings.table.columns[column]
            if name not in optional:
                findings.add_empty([column])
            found = pc.index_in(
                pa.array(ids.values, pa.string()), value_set=self.ids[kind]
            )
            found = found.fill_null(_NONE).to_numpy()
            missing = (found == _NONE) & (ids.values != "")
            source = f"is not defined in {kind}s"
            findings.add(missing[ids.codes], column, source)
            numbers[name] = found[ids.codes]
        return numbers

    def _votes(self, table, columns):
        if table is None:
            return empty_votes(columns)
        findings = Findings(table)
        findings.add_nan(columns.values())
        numbers = self._references(findings, columns)
        said = table.columns["vote"]
        findings.add(
            said.where(lambda text: text not in _VOTES),
            "vote",
            "is not 1 or -1",
        )
        numbers["vote"] = said.translate(lambda v: _VOTES.get(v, 0), np.int8)
        if "timestamp" in table.columns:
            times = timestamps(table.columns["timestamp"], findings)
        again = _duplicates(findings, list(columns), numbers, "vote")
        rows = self._settle(findings)
        rows = rows[~again[rows]]
        frame = pd.DataFrame(
            {name: numbers[name][rows] for name in numbers}, copy=False
        )
        if "timestamp" in table.columns:
            frame["timestamp"] = times[rows]
        return frame

    def _outfits(self, table):
        if table is None:
            return empty_outfits()
        findings = Findings(table)
        findings.add_nan(table.columns)
        findings.add_empty(["outfit_id"])
        numbers = self._references(
            findings, ITEM_VOTE_IDS, optional=["customer"]
        )
        outfit = table.columns["outfit_id"]
        owner = pd.Series(numbers["customer"]).groupby(outfit.codes)
        findings.add(
            (owner.transform("min") != owner.transform("max")).to_numpy(),
            "customer_id",
            "differs within one outfit",
        )
        numbers["outfit"] = outfit.codes
        keys = ["outfit", "item"]
        again = _duplicates(findings, keys, numbers, "customer")
        rows = self._settle(findings)
        rows = rows[~again[rows]]
        return pd.DataFrame(
            {
                "outfit_id": outfit.take(rows).texts(),
                "customer": numbers["customer"][rows],
                "item": numbers["item"][rows],
            }
        )

    def _questions(self, table):
        if table is None:
            return empty_questions()
        findings = Findings(table)
        findings.add_nan(table.columns)
        findings.add_empty(["question_id"])
        numbers = self._references(
            findings, PAIR_VOTE_IDS, optional=["customer"]
        )
        part, label = table.columns["split"], table.columns["label"]
        findings.add(
            part.where(lambda text: text not in splits.SPLITS),
            "split",
            f"is not one of {', '.join(splits.SPLITS)}",
        )
        findings.add(
            label.where(lambda text: text not in _LABELS),
            "label",
            "is not 1 or 0",
        )
        numbers["label"] = label.translate(lambda v: _LABELS.get(v, 0), np.int8)
        question = table.columns["question_id"]
        numbers["question"] = question.codes
        keys = ["question", "customer", "query", "candidate"]
        again = _duplicates(findings, keys, numbers, "label")
        rows = self._settle(findings)
        rows = rows[~again[rows]]
        names = ["customer", "query", "candidate", "label"]
        return pd.DataFrame(
            {
                "question_id": question.take(rows).texts(),
                "split": pd.Categorical(part.take(rows).texts(), splits.SPLITS),
                **{name: numbers[name][rows] for name in names},
            }
        )


def _duplicates(findings, keys, numbers, value):
    """Notes contradictions; returns which good rows only repeat another."""
    good = findings.good()
    again = np.zeros(len(good), bool)
    repeated, contradictory = duplicates(
        [numbers[key][good] for key in keys], numbers[value][good]
    )
    again[good] = repeated
    bad = np.zeros(len(good), bool)
    bad[good] = contradictory
    column = "customer_id" if value == "customer" else value
    reason = "contradicts another row about the same"
    findings.add(bad, column, reason)
    if repeated.any():
        logger.warning(
            "%s: %d rows repeat an earlier row and are dropped.",
            findings.table.path,
            repeated.sum(),
        )
    return again
