"""A wardrobe of a million items and ten million votes, from CSV."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from benchmarks.measuring import Peak, interleave
from benchmarks.row import Row
from tfcompat.data.wardrobe import Wardrobe

_PHOTOS = 1000
_TABLES = ("items.csv", "item_votes.csv")


def run(scratch, small):
    """Rows of load times."""
    items, votes = (1000, 10_000) if small else (1_000_000, 10_000_000)
    write_wardrobe(scratch, items, votes)
    files = [scratch / name for name in _TABLES]

    def arrow():
        return [pa.csv.read_csv(file).to_pandas() for file in files]

    def pandas():
        return [pd.read_csv(file) for file in files]

    with Peak() as peak:
        Wardrobe.load(scratch)
    best = interleave(
        {
            "ours": lambda: Wardrobe.load(scratch),
            "arrow": arrow,
            "pandas": pandas,
        },
        rounds=2,
        warm_up=False,  # They take seconds, and warm nothing.
    )
    for peer, name in (
        ("pandas", "pandas.read_csv alone"),
        ("arrow", "pyarrow's read_csv, as frames, alone"),
    ):
        yield Row(
            f"{items:,} items, {votes:,} votes: read, checked, split",
            "s",
            best["ours"],
            name,
            best[peer],
            best["ours"] / best[peer],
            "<= 1.5",
            peak.megabytes,
            f"Items share {_PHOTOS} photos, whose presence is checked; votes "
            "come out as row numbers, checked for unknown ids, duplicates and "
            "contradictions, with their splits.",
        )


def write_wardrobe(folder, items, votes):
    """Writes tables of random votes, each pair at most once."""
    (folder / "images").mkdir()
    for photo in range(_PHOTOS):
        (folder / "images" / f"{photo}.jpg").write_bytes(b"x")
    random = np.random.default_rng(0)
    customers = max(items // 10, 10)
    rows = np.arange(items)
    groups = np.array(["top", "bottom", "shoes"])
    colours = np.array(["red", "blue", "green", ""])
    pa.csv.write_csv(
        pa.table(
            {
                "item_id": _ids("item", rows),
                "image": [f"images/{row % _PHOTOS}.jpg" for row in rows],
                "group": groups[rows % 3],
                "category": np.char.add("category", (rows % 40).astype(str)),
                "price": random.uniform(5, 200, items).round(2),
                "attr_colour": colours[random.integers(0, 4, items)],
                "attr_length": random.random(items).round(3),
            }
        ),
        folder / "items.csv",
    )
    # Some pairs are drawn twice and left out: a few more make up for them.
    pairs = random.integers(0, customers * items, votes + votes // 20)
    pairs = np.unique(pairs)
    random.shuffle(pairs)
    pairs = pairs[:votes]
    pa.csv.write_csv(
        pa.table(
            {
                "customer_id": _ids("customer", pairs // items),
                "item_id": _ids("item", pairs % items),
                "vote": random.choice(np.array([-1, 1], np.int8), len(pairs)),
            }
        ),
        folder / "item_votes.csv",
    )


def _ids(kind, rows):
    names = pa.array([f"{kind}{row:07d}" for row in range(rows.max() + 1)])
    places = pa.array(rows.astype(np.int32))
    return pa.DictionaryArray.from_arrays(places, names).cast(pa.string())
