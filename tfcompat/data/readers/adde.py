"""The split files of ADDE, for Shopping100k and DeepFashion."""

import pathlib

import numpy as np
import pandas as pd

from tfcompat.data.attribute_changes import AttributeQueries, AttributeTriplets
from tfcompat.data.attribute_labels import AttributeLabels
from tfcompat.data.change_files import AttributeChanges
from tfcompat.data.errors import InputError
from tfcompat.data.id_splits import PREFIXED
from tfcompat.data.splits import hash_ids, hash_rows, split_by_hash
from tfcompat.data.text_files import read_lines, read_numbers
from tfcompat.data.wardrobe import Wardrobe

_VALID_SHARE = 0.1  # Of the training files: the authors' 90 % to learn from.


def read_adde(source):
    """Reads split files and images as a wardrobe with its queries.

    The files name neither attributes nor values, so that they become
    `attr_a01`, ... with values `v01`, .... A tenth of the training images, by
    a hash of their ids, becomes the validation part, from which the released
    code has none: it picks its best epoch on the test part. Triplets are those
    of the file of which no image is in that tenth; validation queries are made
    of those triplets that lie in it with reference and positive.

    Args:
        source: Folder with `attr_num.txt`, `imgs_train.txt`, `imgs_test.txt`,
            `labels_train.txt`, `labels_test.txt`, `triplet_train.txt`,
            `triplet_train_ind.txt`, `ref_test.txt`, `indfull_test.txt` and
            `gt_test.txt`. Image paths are relative to it, or to its `images`.

    Returns:
        Tuple of `Wardrobe`, whose folder is that of the images, and
        `AttributeChanges`.

    Raises:
        InputError: If a file is missing, a Git-LFS pointer, or does not fit
            the others; the message names file and line.
    """
    source = pathlib.Path(source)
    if not source.is_dir():
        raise InputError(f"{source}: is not a folder.")
    [words] = [" ".join(read_lines(source / "attr_num.txt")).split()]
    try:
        counts = [int(word) for word in words]
    except ValueError:
        counts = []
    if not counts or min(counts) < 1:
        raise InputError(
            f"{source / 'attr_num.txt'}: holds no counts of values."
        )
    values = {
        f"a{a + 1:02d}": [f"v{v + 1:02d}" for v in range(count)]
        for a, count in enumerate(counts)
    }
    images, labels, sizes = [], [], {}
    for part in ("train", "test"):
        names = read_lines(source / f"imgs_{part}.txt")
        hot = _read_hot(source / f"labels_{part}.txt", counts)
        if len(hot) != len(names):
            raise InputError(
                f"{source / f'labels_{part}.txt'}: has {len(hot)} lines, but "
                f"imgs_{part}.txt {len(names)}."
            )
        sizes[part] = len(names)
        images += names
        labels.append(hot)
    labels = AttributeLabels(values, np.concatenate(labels))
    folder = _image_folder(source, images[0])
    is_valid = _choose_valid(images[: sizes["train"]])
    parts = np.where(is_valid, "valid", "train").tolist()
    parts += ["test"] * sizes["test"]
    ids = [f"{part}-{name}" for part, name in zip(parts, images, strict=True)]
    items = pd.DataFrame(
        {
            "item_id": ids,
            "image": images,
            "group": "garment",
            "category": "garment",
            **{
                f"attr_{name}": np.array([*known, ""], object)[column]
                for (name, known), column in zip(
                    values.items(), labels.labels.T, strict=True
                )
            },
        }
    )
    wardrobe = Wardrobe.from_frames(
        folder,
        items,
        manifest={
            "name": source.name,
            "licence": "that of the data set's owner",
            "source": "https://github.com/amzn/"
            "fashion-attribute-disentanglement",
            PREFIXED: ["items"],
        },
    )
    return wardrobe, _read_changes(source, labels, sizes, is_valid)


def _read_hot(path, counts):
    """int32 `[lines, A]` labels, -1 unknown, from lines of zeros and ones."""
    hot = read_numbers(path, sum(counts), 0, 1)
    columns = []
    for start, count in zip(np.cumsum([0, *counts[:-1]]), counts, strict=True):
        block = hot[:, start : start + count]
        twice = block.sum(axis=1) > 1
        if twice.any():
            raise InputError(
                f"{path}, line {twice.argmax() + 1}: has two values of one "
                f"attribute, among {start + 1} to {start + count}."
            )
        columns.append(np.where(block.any(axis=1), block.argmax(axis=1), -1))
    return np.stack(columns, axis=1).astype("int32")


def _image_folder(source, first):
    for folder in (source, source / "images"):
        if (folder / first).is_file():
            return folder
    raise InputError(
        f"{source / 'imgs_train.txt'}, line 1: there is no image {first} in "
        f"{source} or {source / 'images'}."
    )


def _choose_valid(names):
    hashes = hash_rows([hash_ids(names)], seed=0)
    rest = 1.0 - _VALID_SHARE
    return np.asarray(
        split_by_hash(hashes, (rest, _VALID_SHARE, 0.0)) != "train"
    )


def _read_changes(source, labels, sizes, is_valid):
    total = labels.num_values
    path = source / "triplet_train.txt"
    rows = read_numbers(path, 3, 0, sizes["train"] - 1).astype("int32")
    change = read_numbers(source / "triplet_train_ind.txt", total, -1, 1)
    _same_length(path, rows, source / "triplet_train_ind.txt", change)
    inside = is_valid[rows]
    kept = ~inside.any(axis=1)
    if not kept.any():
        raise InputError(f"{path}: every triplet has a validation image.")
    triplets = AttributeTriplets(*rows[kept].T, change[kept].astype("int8"))
    held_out = inside[:, :2].all(axis=1)
    target = labels.labels[rows[held_out, 1]]
    valid = AttributeQueries(
        rows[held_out, 0],
        change[held_out].astype("int8"),
        target,
        np.flatnonzero(is_valid).astype("int32"),
    )
    path = source / "ref_test.txt"
    reference = read_numbers(path, 1, 0, sizes["test"] - 1)[:, 0]
    change = read_numbers(source / "indfull_test.txt", total, -1, 1)
    target = _read_hot(source / "gt_test.txt", labels.counts)
    _same_length(path, reference, source / "indfull_test.txt", change)
    _same_length(path, reference, source / "gt_test.txt", target)
    reference = (reference + sizes["train"]).astype("int32")
    reached = labels.indicators(labels.labels[reference]) + change
    wrong = (reached != labels.indicators(target)).any(axis=1)
    if wrong.any():
        raise InputError(
            f"{source / 'gt_test.txt'}, line {wrong.argmax() + 1}: is not "
            "what the image of ref_test.txt becomes by indfull_test.txt."
        )
    gallery = sizes["train"] + np.arange(sizes["test"], dtype="int32")
    test = AttributeQueries(reference, change.astype("int8"), target, gallery)
    manifest = {
        "rule": "the files of the data set",
        "attributes": {n: len(v) for n, v in labels.values.items()},
        "triplets": len(triplets),
        "triplets_left_out": int(len(rows) - len(triplets)),
        "queries": {"valid": len(valid), "test": len(test)},
    }
    return AttributeChanges(
        labels.values, triplets, {"valid": valid, "test": test}, manifest
    )


def _same_length(path, one, other_path, other):
    if len(one) != len(other):
        raise InputError(
            f"{other_path}: has {len(other)} lines, but {path.name} {len(one)}."
        )
