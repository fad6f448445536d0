"""Questions about outfits that a data set brings in `questions.csv`."""

import numpy as np

from tfcompat.data.outfits import OutfitQuestions


def read_fill_in_the_blank(wardrobe, split):
    """The questions whose ids begin with `fitb-`.

    Args:
        wardrobe: `Wardrobe`.
        split: "train", "valid" or "test".

    Returns:
        `OutfitQuestions`; None if the table has none.
    """
    rows = _rows(wardrobe, "fitb-", split)
    if rows.empty:
        return None
    outfits, candidates, labels = [], [], []
    for _, part in rows.groupby("question_id", sort=False):
        answers = part.drop_duplicates("candidate")
        outfits.append(part["query"].unique())
        candidates.append(answers["candidate"].to_numpy())
        labels.append(answers["label"].to_numpy())
    return OutfitQuestions(
        _padded(outfits),
        _padded(candidates),
        np.maximum(_padded(labels), 0).astype("float32"),
    )


def read_compatibility(wardrobe, split):
    """The questions whose ids begin with `compatibility-`.

    Args:
        wardrobe: `Wardrobe`.
        split: "train", "valid" or "test".

    Returns:
        Tuple of `OutfitQuestions`, a row a pair of items, int `[rows]`, which
        question it is of, and float32 `[questions]` labels; None if the table
        has none.
    """
    rows = _rows(wardrobe, "compatibility-", split)
    if rows.empty:
        return None
    owner, names = rows["question_id"].factorize()
    labels = np.zeros(len(names), "float32")
    labels[owner] = rows["label"]
    pairs = OutfitQuestions(
        rows["query"].to_numpy()[:, None],
        rows["candidate"].to_numpy()[:, None],
        labels[owner][:, None],
    )
    return pairs, owner, labels


def _rows(wardrobe, prefix, split):
    rows = wardrobe.questions
    is_asked = rows["question_id"].astype(str).str.startswith(prefix)
    return rows[is_asked & (rows["split"] == split)]


def _padded(lists):
    width = max(map(len, lists))
    padded = np.full((len(lists), width), -1, "int32")
    for row, values in enumerate(lists):
        padded[row, : len(values)] = values
    return padded
