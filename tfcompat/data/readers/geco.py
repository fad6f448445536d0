"""Reader of the data sets of GECo: FashionVC, ExpReduced, FashionTaobaoTB.

Pairs of a top and a bottom that were worn together, with fixed negatives:
https://github.com/sisinflab/GeCo.
"""

import logging
import pathlib

import numpy as np
import pandas as pd

from tfcompat.data.errors import InputError
from tfcompat.data.image_files import image_problems
from tfcompat.data.splits import SPLITS
from tfcompat.data.table_lines import walk_csv
from tfcompat.data.table_specs import TableSpec
from tfcompat.data.tables import read_table
from tfcompat.data.wardrobe import Wardrobe

# How the authors' file names begin.
_BEGINNINGS = {"train": "train", "dev": "valid", "valid": "valid"}
_BEGINNINGS["test"] = "test"
_QUERY, _POSITIVE = "tshirt", "positive_pant"
_NEGATIVES = tuple(f"neg_{i}" for i in range(1, 10))
_SPEC = TableSpec(
    "pairs", (_QUERY, _POSITIVE), ("outfit_id", "has_exploded"), ("neg_",)
)
_AUTHORS = "https://github.com/sisinflab/GeCo"
_POLYVORE = (
    "https://bitbucket.org/Jay_Ren/"
    "fashion_recommendation_tkde2018_code_dataset.git"
)
_SHOWN = 20  # Missing images that are named in the log.

logger = logging.getLogger(__name__)


def read_geco(source):
    """Reads one of the data sets as a wardrobe.

    Every line of a file becomes a question of `questions.csv`: its top is the
    query, its positive the candidate with label 1, its negatives those with
    label 0, in their order. Which file a line stands in is its split, as
    given. A negative that a line names twice stays in it once.

    A line whose top or positive has no usable image is left out; a negative
    without one is left out of its line. Both are counted in the manifest's
    "left_out", which also lists the images.

    Args:
        source: Folder of one data set, with `files/*.csv` (columns `tshirt`,
            `positive_pant`, and `neg_1` to `neg_9` where there are negatives)
            and `img/<id>.jpg`. A file's split is how its name begins: train,
            dev or valid, test.

    Returns:
        `Wardrobe` whose folder is `source`; `save` copies its images.

    Raises:
        InputError: If the folder, a table or all images are missing, or a
            table cannot be used; the message names file, line and value, and
            where images are fetched from.
    """
    source = pathlib.Path(source)
    if not source.is_dir():
        raise InputError(f"{source}: is not a folder.")
    tables = {
        split: _read_pairs(path)
        for split, path in _find_files(source / "files").items()
    }
    if not (source / "img").is_dir():
        raise InputError(f"{source / 'img'}: is not there; {_origin(source)}")
    items = _list_items(tables)
    images = "img/" + items["item_id"] + ".jpg"
    problems = image_problems([source / image for image in images])
    usable = np.array([not problem for problem in problems])
    if not usable.any():
        raise InputError(
            f"{source / 'img'}: has none of the {len(items)} images; "
            f"{_origin(source)}"
        )
    left_out = {"images": _list_unusable(source, images, problems)}
    items = items.assign(image=images)[usable].reset_index(drop=True)
    questions = _make_questions(tables, items["item_id"], left_out)
    if not len(questions):
        raise InputError(f"{source}: no pair has both of its images.")
    return Wardrobe.from_frames(
        source,
        items[["item_id", "image", "group", "category"]],
        questions=questions,
        manifest={
            "name": source.resolve().name,
            "licence": "unknown; see the source",
            "source": _AUTHORS,
            "questions": "The authors' pairs and negatives; their splits.",
            "left_out": left_out,
        },
    )


def _origin(source):
    """Where the images of a data set come from, as the authors say."""
    if "taobao" in source.resolve().name.lower():
        return (
            "the images of FashionTaobaoTB are fetched by "
            f"datasets/FashionTaobao-TB/index.ts of {_AUTHORS}."
        )
    return (
        "the images of FashionVC and ExpReduced are in the archives img.zip of "
        f"{_POLYVORE} (git clone), to be unpacked here."
    )


def _find_files(folder):
    """Dict from split to the path of its file, in the order of `SPLITS`."""
    found = {}
    for path in sorted(folder.glob("*.csv")):
        split = next(
            (
                split
                for start, split in _BEGINNINGS.items()
                if path.name.lower().startswith(start)
            ),
            None,
        )
        if split is None:
            logger.warning("%s: is no file of pairs by its name.", path)
        elif split in found:
            raise InputError(
                f"{path}: is a second file of {split}, beside "
                f"{found[split].name}."
            )
        else:
            found[split] = path
    if not found:
        raise InputError(
            f"{folder}: holds no train*.csv, dev*.csv, valid*.csv or test*.csv."
        )
    for split in SPLITS:
        if split not in found:
            logger.warning("%s: holds no pairs of %s.", folder, split)
    return {split: found[split] for split in SPLITS if split in found}


def _read_pairs(path):
    """Frame of str: top, positive and the negatives that there are."""
    table = read_table(path, _SPEC)
    if table.num_malformed:
        raise InputError(
            f"{path}: {table.num_malformed} rows have too few or too many "
            "fields."
        )
    names = [_QUERY, _POSITIVE]
    names += [name for name in _NEGATIVES if name in table.columns]
    rows = pd.DataFrame({name: table.columns[name].texts() for name in names})
    for name in names:
        bad = ~rows[name].str.fullmatch(r"[\w-]+").to_numpy(bool)
        if bad.any():
            row = int(bad.argmax())
            line = next(at for count, at, *_ in walk_csv(path) if count == row)
            raise InputError(
                f"{path}, line {line}, column {name}: {rows[name][row]!r} is "
                "no id of an image."
            )
    return rows


def _list_items(tables):
    """Frame of `item_id`, `group` and `category`, sorted by id."""
    tops = {top for rows in tables.values() for top in rows[_QUERY]}
    bottoms = {
        bottom
        for rows in tables.values()
        for name in rows.columns.drop(_QUERY)
        for bottom in rows[name]
    }
    for item in sorted(tops & bottoms)[:_SHOWN]:
        logger.warning("%s: is a top and a bottom; taken for a top.", item)
    ids = sorted(tops | bottoms)
    groups = ["top" if item in tops else "bottom" for item in ids]
    return pd.DataFrame({"item_id": ids, "group": groups, "category": groups})


def _list_unusable(source, images, problems):
    """Dict from each unusable image to what is wrong with it."""
    unusable = {
        image: problem
        for image, problem in zip(images, problems, strict=True)
        if problem
    }
    for image, problem in list(unusable.items())[:_SHOWN]:
        logger.warning("%s: left out: %s.", source / image, problem)
    if unusable:
        logger.warning(
            "%s: %d of %d images cannot be used.",
            source,
            len(unusable),
            len(images),
        )
    return unusable


def _make_questions(tables, ids, left_out):
    """Frame as `Wardrobe.questions`; counts what is left out."""
    index = pd.Index(ids)
    parts = []
    for split, rows in tables.items():
        items = np.stack([index.get_indexer(rows[name]) for name in rows], 1)
        usable = (items[:, :2] >= 0).all(axis=1)
        left_out[f"{split} pairs without an image"] = int((~usable).sum())
        items = items[usable]
        numbers = np.flatnonzero(usable) + 1
        count = items.shape[1] - 1
        part = pd.DataFrame(
            {
                "question_id": np.repeat(
                    [f"{split}-{number}" for number in numbers], count
                ).astype(object),
                "query": np.repeat(items[:, 0], count),
                "candidate": items[:, 1:].ravel(),
                "label": np.tile(np.arange(count) == 0, len(items)),
            }
        ).assign(split=split)
        negatives = part["label"] == 0
        missing = negatives & (part["candidate"] < 0)
        again = part.duplicated(["question_id", "candidate"]) & ~missing
        left_out[f"{split} negatives without an image"] = int(missing.sum())
        left_out[f"{split} negatives named twice"] = int(again.sum())
        parts.append(part[~missing & ~again])
    together = pd.concat(parts, ignore_index=True)
    return pd.DataFrame(
        {
            "question_id": together["question_id"],
            "split": pd.Categorical(together["split"], SPLITS),
            "customer": np.full(len(together), -1, np.int32),
            "query": together["query"].astype(np.int32),
            "candidate": together["candidate"].astype(np.int32),
            "label": together["label"].astype(np.int8),
        }
    )
