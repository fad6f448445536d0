"""Polyvore Outfits, disjoint and non-disjoint."""

import logging
import pathlib

import numpy as np
import pandas as pd

from tfcompat.data.errors import InputError
from tfcompat.data.id_splits import PREFIXED
from tfcompat.data.image_files import image_facts
from tfcompat.data.splits import SPLITS
from tfcompat.data.text_files import read_json, read_lines
from tfcompat.data.wardrobe import Wardrobe

VARIANTS = ("disjoint", "nondisjoint")
_LOG = logging.getLogger(__name__)


def read_polyvore(source, variant="nondisjoint"):
    """Reads the data set as a wardrobe of outfits and questions.

    An item's `semantic_category` becomes its `group`, and its `category_id`,
    where the metadata has one, its finer `category`. Outfit ids begin with
    their part of the data set. The fill-in-the-blank questions become
    `questions.csv` with ids `fitb-...`, one row for each item of the outfit
    and each answer; the compatibility questions `compatibility-...`, one row
    for each pair of the outfit's items.

    Items of other outfits than the variant's are not read. Items whose image
    is missing, what is left of outfits with fewer than two items, and
    questions about such items are left out, counted in the manifest's
    "left_out".

    Args:
        source: Folder with `polyvore_item_metadata.json`, `images` and the
            folder of the variant.
        variant: "disjoint" (no item is in two parts) or "nondisjoint".

    Returns:
        `Wardrobe` whose folder is `source`.

    Raises:
        InputError: If a file is missing, a Git-LFS pointer, or refers to what
            is not there; the message names file, line or set.
        ValueError: If there is no such variant.
    """
    if variant not in VARIANTS:
        raise ValueError(f"`variant` must be one of {VARIANTS}, got {variant}.")
    source = pathlib.Path(source)
    if not source.is_dir():
        raise InputError(f"{source}: is not a folder.")
    metadata = read_json(source / "polyvore_item_metadata.json")
    places, outfits = {}, []
    for split in SPLITS:
        path = source / variant / f"{split}.json"
        for outfit in read_json(path):
            try:
                name = str(outfit["set_id"])
                for item in outfit["items"]:
                    item_id = str(item["item_id"])
                    places[f"{name}_{item['index']}"] = item_id
                    outfits.append((f"{split}-{name}", item_id))
            except (KeyError, TypeError):
                raise InputError(
                    f"{path}: {str(outfit)[:60]} is no outfit with set_id and "
                    "items."
                ) from None
            for _, item_id in outfits[-len(outfit["items"]) :]:
                if item_id not in metadata:
                    raise InputError(
                        f"{path}: the set {name} has the item {item_id}, "
                        "which polyvore_item_metadata.json does not know."
                    )
    outfits = pd.DataFrame(outfits, columns=["outfit_id", "item_id"])
    items = _read_items(metadata, outfits["item_id"].unique())
    facts = image_facts([source / image for image in items["image"]])
    broken = np.array([fact.problem != "" for fact in facts])
    left_out = {"items without a usable image": int(broken.sum())}
    items = items[~broken].reset_index(drop=True)
    if items.empty:
        raise InputError(f"{source / 'images'}: has none of the images.")
    rows = pd.Series(np.arange(len(items)), items["item_id"])
    outfits = outfits[outfits["item_id"].isin(rows.index)].drop_duplicates()
    sizes = outfits.groupby("outfit_id")["item_id"].transform("size")
    left_out["outfits with fewer than two items left"] = int(
        outfits["outfit_id"][sizes < 2].nunique()
    )
    outfits = outfits[sizes > 1]
    questions, lost = _read_questions(source / variant, places, rows)
    left_out["questions about what was left out"] = lost
    for what, count in left_out.items():
        if count:
            _LOG.warning("%s: %d %s left out", source, count, what)
    return Wardrobe.from_frames(
        source,
        items,
        outfits=pd.DataFrame(
            {
                "outfit_id": outfits["outfit_id"].to_numpy(),
                "customer": np.full(len(outfits), -1, np.int32),
                "item": rows[outfits["item_id"]].to_numpy(np.int32),
            }
        ),
        questions=questions,
        manifest={
            "name": f"polyvore-outfits-{variant}",
            "licence": "that of the data set's owner",
            "source": "https://github.com/mvasil/fashion-compatibility",
            PREFIXED: ["outfits"],
            "left_out": left_out,
        },
    )


def _read_items(metadata, item_ids):
    columns = {"item_id": [], "group": [], "category": [], "text": []}
    for item_id in item_ids:
        entry = metadata[item_id]
        group = entry.get("semantic_category") or "unknown"
        columns["item_id"].append(item_id)
        columns["group"].append(group)
        columns["category"].append(str(entry.get("category_id") or group))
        columns["text"].append(
            entry.get("title") or entry.get("url_name") or ""
        )
    items = pd.DataFrame(columns, dtype=object)
    items.insert(1, "image", "images/" + items["item_id"] + ".jpg")
    return items


def _read_questions(folder, places, rows):
    """Frame of the questions, and how many had to be left out."""
    parts, lost = [], 0
    for split in SPLITS:
        for kind, read in (
            ("fitb", _read_fitb),
            ("compatibility", _read_pairs),
        ):
            for number, (line, found) in enumerate(read(folder, split), 1):
                query, candidate, label = found
                try:
                    query, candidate = (
                        [rows.get(places[name], -1) for name in names]
                        for names in (query, candidate)
                    )
                except KeyError as error:
                    raise InputError(
                        f"{line}: there is no item {error.args[0]!r} in "
                        f"{split}.json."
                    ) from None
                if not query or min(*query, *candidate) < 0:
                    lost += 1
                    continue
                parts.append(
                    pd.DataFrame(
                        {
                            "question_id": f"{kind}-{split}-{number:05d}",
                            "split": split,
                            "customer": np.int32(-1),
                            "query": np.array(query, np.int32),
                            "candidate": np.array(candidate, np.int32),
                            "label": np.array(label, np.int8),
                        }
                    )
                )
    if not parts:
        return None, lost
    table = pd.concat(parts, ignore_index=True)
    table["split"] = pd.Categorical(table["split"], list(SPLITS))
    return table, lost


def _read_fitb(folder, split):
    """Yields where it stands, and queries, candidates and labels."""
    path = folder / f"fill_in_blank_{split}.json"
    if not path.exists():
        return
    for number, question in enumerate(read_json(path), 1):
        line = f"{path}, question {number}"
        try:
            asked, answers = question["question"], question["answers"]
            owner = asked[0].rpartition("_")[0]
        except (KeyError, IndexError, TypeError):
            raise InputError(f"{line}: has no question and answers.") from None
        right = [name.rpartition("_")[0] == owner for name in answers]
        if sum(right) != 1:
            raise InputError(
                f"{line}: {sum(right)} answers are of the set {owner}, not one."
            )
        pairs = [
            (query, answer, label)
            for query in asked
            for answer, label in zip(answers, right, strict=True)
        ]
        yield line, tuple(map(list, zip(*pairs, strict=True)))


def _read_pairs(folder, split):
    """Yields where it stands, and queries, candidates and labels."""
    path = folder / f"compatibility_{split}.txt"
    if not path.exists():
        return
    for number, line in enumerate(read_lines(path), 1):
        label, *names = line.split()
        if label not in ("0", "1"):
            raise InputError(f"{path}, line {number}: {label!r} is not 0 or 1.")
        first, second = np.triu_indices(len(names), 1)
        yield (
            f"{path}, line {number}",
            (
                [names[i] for i in first],
                [names[i] for i in second],
                [int(label)] * len(first),
            ),
        )
