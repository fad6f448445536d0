"""The wardrobe that models are trained on, made of transformed examples.

`tfcompat.training.execution.execute` trains on it as `tfcompat train` does on a
wardrobe folder.
"""

import pathlib

import numpy as np
import pandas as pd

from tfcompat.data import frames, splits
from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_path
from tfcompat.data.validation import duplicates
from tfcompat.data.wardrobe import Wardrobe
from tfx_pipeline.wardrobe_records import ALL

_IMAGES_AT_ONCE = 64


def read_trained_wardrobe(
    folder, items, item_votes, pair_votes=None, manifest=None, outfits=None
):
    """Puts a wardrobe together from transformed examples.

    Items stand in the order of Transform's vocabulary "item_id"; customers in
    that of the item votes' "customer_id", then those who only vote on pairs:
    so a `customer_row` or `item_row` of an example is a row of the model.
    Votes are in the order of the shop's tables.

    Departs from the shop's own wardrobe: customers who never voted are not in
    it; numeric survey answers are scaled.

    Args:
        folder: Work folder; images are written there, each once, and kept
            where they are there already.
        items: `tfx_pipeline.transformed_examples.TransformedSet`.
        item_votes: The same of votes on items.
        pair_votes: The same of votes on pairs; None for no such votes.
        manifest: Dict of what the shop's manifest says of its name and of how
            items are split, which models that learn from pairs of items go
            by.
        outfits: The same of outfits; None for none. Customers who have not
            voted are nobody there.

    Returns:
        `tfcompat.data.wardrobe.Wardrobe`.

    Raises:
        InputError: If a vote is contradicted by another, or the images cannot
            be written.
    """
    folder = pathlib.Path(folder)
    item_frame = _read_items(folder, items)
    customers = _read_customers(item_votes, pair_votes)
    rows = {
        "customer": pd.Index(customers["customer_id"]),
        "item": pd.Index(item_frame["item_id"]),
    }
    pairs = frames.empty_votes(frames.PAIR_VOTE_IDS)
    pairs["split"] = pd.Categorical([], splits.SPLITS)
    if pair_votes is not None:
        pairs = _read_votes(pair_votes, frames.PAIR_VOTE_IDS, rows)
    return Wardrobe(
        folder,
        item_frame,
        customers,
        _read_votes(item_votes, frames.ITEM_VOTE_IDS, rows),
        pairs,
        frames.empty_outfits()
        if outfits is None
        else _read_outfits(outfits, rows),
        frames.empty_questions(),
        dict(manifest or {}),
    )


def _read_items(folder, items):
    ids = items.vocabulary("item_id")
    groups, categories = items.vocabulary("group"), items.vocabulary("category")
    made = ("row", "item_row", "group_row", "category_row")
    others = [
        name
        for name in sorted(items.columns)
        if name not in (*made, "image", "image_path")
    ]
    columns = [*made[1:], "image_path", *others]
    batches = []
    for batch in items.batches(ALL, [*columns, "image"], _IMAGES_AT_ONCE):
        _write_images(folder, batch["image_path"], batch.pop("image"))
        batches.append(pd.DataFrame(batch))
    frame = pd.concat(batches).sort_values("item_row", ignore_index=True)
    return pd.DataFrame(
        {
            "item_id": ids,
            "image": _texts(frame["image_path"]),
            "group": np.array(groups, object)[frame["group_row"]],
            "category": np.array(categories, object)[frame["category_row"]],
            **{name: _values(frame[name]) for name in others},
        }
    )


def _write_images(folder, paths, contents):
    """Writes image files that are not there yet."""
    for path, content in zip(paths, contents, strict=True):
        relative = pathlib.PurePosixPath(path.decode())
        if relative.is_absolute() or ".." in relative.parts:
            raise InputError(f"Image {str(relative)!r} leaves its folder.")
        target = folder / relative
        if not target.is_file() or target.read_bytes() != content:
            with atomic_path(target) as partial:
                partial.write_bytes(content)


def _read_customers(item_votes, pair_votes):
    ids = item_votes.vocabulary("customer_id")
    surveys = [
        name
        for name in sorted(item_votes.columns)
        if name.startswith("survey_")
    ]
    answers = {}
    columns = ["customer_row", "customer_id", *surveys]
    for split in splits.SPLITS:
        for batch in item_votes.batches(split, columns):
            frame = pd.DataFrame(batch).drop_duplicates("customer_row")
            broken = frame["customer_id"][frame["customer_row"] < 0]
            if len(broken):
                raise InputError(
                    f"Customer {broken.iloc[0].decode()!r}: an id must not "
                    "hold a line break."
                )
            frame = frame.set_index("customer_row")[surveys]
            answers |= frame.to_dict("index")
    known = pd.DataFrame.from_dict(answers, "index").reindex(range(len(ids)))
    frame = pd.DataFrame(
        {
            "customer_id": np.array(ids, object),
            **{name: _values(known[name]) for name in surveys},
        }
    )
    if pair_votes is not None:
        others = set(pair_votes.vocabulary("customer_id")) - set(ids)
        more = pd.DataFrame({"customer_id": sorted(others)}, dtype=object)
        frame = pd.concat([frame, more], ignore_index=True)
    texts = frame.select_dtypes(object).columns
    return frame.fillna(dict.fromkeys(texts, ""))


def _read_votes(votes, ids, rows_of):
    columns = [*ids.values(), "label", "row"]
    parts = []
    for split in splits.SPLITS:
        part = pd.DataFrame(votes.read(split, columns))
        parts.append(part.assign(split=split))
    table = pd.concat(parts).sort_values("row", ignore_index=True)
    frame = pd.DataFrame()
    for name, column in ids.items():
        rows = rows_of["customer" if name == "customer" else "item"]
        texts = table[column].str.decode("utf-8")
        frame[name] = rows.get_indexer(texts).astype(np.int32)
        unknown = texts[frame[name] < 0]
        if len(unknown):
            raise InputError(
                f"Votes name the {name} {unknown.iloc[0]!r}, which is not "
                "among the items."
            )
    frame["vote"] = np.where(table["label"] > 0, 1, -1).astype(np.int8)
    frame["split"] = pd.Categorical(table["split"], splits.SPLITS)
    repeated, contradictory = duplicates(
        [frame[name].to_numpy() for name in ids], frame["vote"].to_numpy()
    )
    if contradictory.any():
        what = ", ".join(
            f"{column} {text.decode()!r}"
            for column, text in table[list(ids.values())][contradictory]
            .iloc[0]
            .items()
        )
        raise InputError(
            f"Two votes on the same contradict each other: {what}."
        )
    return frame[~repeated].reset_index(drop=True)


def _read_outfits(outfits, rows_of):
    columns = ["outfit_id", "item_id", "row"]
    if "customer_id" in outfits.columns:
        columns.append("customer_id")
    parts = [
        pd.DataFrame(outfits.read(split, columns)) for split in splits.SPLITS
    ]
    table = pd.concat(parts).sort_values("row", ignore_index=True)
    if "customer_id" not in table:
        table["customer_id"] = b""
    found = {
        name: rows_of[name].get_indexer(_texts(table[f"{name}_id"]))
        for name in ("customer", "item")
    }
    unknown = table["item_id"][found["item"] < 0]
    if len(unknown):
        raise InputError(
            f"Outfits name the item {unknown.iloc[0].decode()!r}, which is not "
            "among the items."
        )
    frame = pd.DataFrame(
        {"outfit_id": _texts(table["outfit_id"])}, dtype=object
    )
    return frame.assign(
        **{name: rows.astype(np.int32) for name, rows in found.items()}
    )


def _texts(values):
    return [value.decode() for value in values]


def _values(column):
    """A column as `Wardrobe` holds it: `str`, or float64 as it was written."""
    if pd.api.types.is_numeric_dtype(column):
        # The shortest decimal that is this float32 is what the table said.
        return column.to_numpy(np.float32).astype(str).astype(np.float64)
    return np.array([value.decode() for value in column], object)
