"""Moves bad rows out of a wardrobe's tables, so that nothing vanishes."""

import csv

import numpy as np
import pyarrow.parquet as parquet

from tfcompat.data.files import atomic_path
from tfcompat.data.table_lines import count_lines
from tfcompat.data.table_specs import ITEMS, find_table
from tfcompat.data.tables import read_table
from tfcompat.data.validation import Findings

REJECTED = "rejected.csv"
_HEADER = ("file", "line", "reason", "row")


def move_rejected(folder, rejected):
    """Moves rows from the tables to the folder's `rejected.csv`.

    They are added to what is there from earlier times. Lines are those of the
    tables before the rows were taken out. Each file is replaced whole, and
    `rejected.csv` first: whatever happens in between, no row is lost.

    Args:
        folder: `pathlib.Path` of the wardrobe folder.
        rejected: List of `tfcompat.data.validation.Rejection`.

    Raises:
        InputError: If the folder cannot be written to.
    """
    if not rejected:
        return
    path = folder / REJECTED
    before = path.read_bytes() if path.exists() else b""
    with atomic_path(path) as partial:
        partial.write_bytes(before)
        with open(partial, "a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if not before:
                writer.writerow(_HEADER)
            writer.writerows(rejected)
    for name in sorted({rejection.file for rejection in rejected}):
        gone = [rejection for rejection in rejected if rejection.file == name]
        remove = _remove_rows if name.endswith(".parquet") else _remove_lines
        remove(folder / name, gone)


def reject_images(wardrobe, problems):
    """Moves the items whose images cannot be used to `rejected.csv`.

    What refers to them is left for the next load with `skip_bad`.

    Args:
        wardrobe: `Wardrobe` as just loaded.
        problems: What `tfcompat.data.image_files.validate_images` found.

    Raises:
        InputError: If no item is left, or the folder cannot be written to.
    """
    table = read_table(find_table(wardrobe.folder, ITEMS), ITEMS)
    findings = Findings(table)
    ids = table.columns["item_id"].texts()
    for problem in problems:
        bad = ids == wardrobe.items["item_id"][problem.row]
        findings.add(bad, "image", problem.problem)
    move_rejected(wardrobe.folder, findings.settle(skip_bad=True))


def _remove_lines(path, rejected):
    gone = set()
    for rejection in rejected:
        # A value may go over several lines.
        lines = range(count_lines(rejection.text))
        gone.update(rejection.line + more for more in lines)
    with (
        atomic_path(path) as partial,
        # As `walk_csv` splits lines; Latin-1 keeps every byte as it is.
        open(path, encoding="latin-1", newline="") as old,
        open(partial, "w", encoding="latin-1", newline="") as new,
    ):
        for line, content in enumerate(old, start=1):
            if line not in gone:
                new.write(content)


def _remove_rows(path, rejected):
    table = parquet.read_table(path)
    kept = np.ones(table.num_rows, bool)
    kept[[rejection.line - 1 for rejection in rejected]] = False
    with atomic_path(path) as partial:
        parquet.write_table(table.filter(kept), partial)
