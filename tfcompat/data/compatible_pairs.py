"""Pairs of two groups known to go together, and questions about them.

Where a wardrobe says so outright it is in `questions.csv`, as the authors of
GECo give their data. Otherwise its outfits, or its liked pair votes, are the
pairs, and parts and negatives are made here. As in the authors' files, no
item of a test pair is in a training pair: each item belongs to one part, by
a hash of its id, and pairs across parts are left out.
"""

import dataclasses
import logging

import numpy as np
import pandas as pd

from tfcompat.data import splits as parts
from tfcompat.data.design_batches import DesignPairs
from tfcompat.data.errors import InputError
from tfcompat.data.questions import Questions

SOURCES = ("auto", "questions", "outfits", "votes")
NUM_NEGATIVES = 9
_MOST = np.iinfo(np.uint64).max

_LOG = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class CompatiblePairs:
    """Which target goes with which query, and who says so.

    Attributes:
        source: Where they are from, one of `SOURCES` but "auto".
        customer: int32 `[n]` customer rows, -1 = nobody in particular.
        query: int32 `[n]` item rows.
        target: int32 `[n]` item rows.
        targets: int32 `[t]`, all items of the target's group.
    """

    source: str
    customer: np.ndarray
    query: np.ndarray
    target: np.ndarray
    targets: np.ndarray

    def __len__(self):
        return len(self.query)

    def as_design_pairs(self):
        """`DesignPairs` of these, with nothing that is disliked."""
        none = np.zeros(0, "int32")
        return DesignPairs(
            self.customer,
            self.query,
            self.target,
            none,
            none,
            none,
            self.targets,
        )

    def as_questions(self):
        """`Questions` `[n, 1]` whose candidates all are compatible."""
        return Questions(
            self.customer,
            self.query,
            self.target[:, None],
            np.ones((len(self), 1)),
        )


def choose_source(wardrobe):
    """Where a wardrobe's pairs are: "questions", "outfits" or "votes".

    Questions that are no customer's are pairs by themselves, if there are
    some to learn from; else outfits are, if there are any.
    """
    questions = wardrobe.questions
    if len(questions) and (questions["customer"] < 0).all():
        return "questions"
    return "outfits" if len(wardrobe.outfits) else "votes"


def compatible_pairs(
    wardrobe, query_group, target_group, splits=("train",), source="auto"
):
    """Collects the pairs of some parts of a wardrobe.

    Args:
        wardrobe: `Wardrobe`.
        query_group: Group of what is asked for, as "top".
        target_group: Group of what goes with it, as "bottom".
        splits: Parts to take; a `str` for one.
        source: One of `SOURCES`; "auto" takes what `choose_source` says.

    Returns:
        `CompatiblePairs`, each pair (of a customer) once, in the table's
        order.

    Raises:
        InputError: If `source` is unknown, the wardrobe has no such group, or
            there is no pair.
    """
    splits = [splits] if isinstance(splits, str) else list(splits)
    if source not in SOURCES:
        raise InputError(
            f"pairs must be one of {', '.join(SOURCES)}, got {source!r}."
        )
    for group in (query_group, target_group):
        if group not in wardrobe.groups:
            raise InputError(
                f"{wardrobe.folder}: has no items of the group {group!r}, but "
                f"{', '.join(wardrobe.groups)}."
            )
    if source == "auto":
        source = choose_source(wardrobe)
    frame = _READERS[source](wardrobe).drop_duplicates()
    asked = wardrobe.groups.index(query_group)
    wanted = wardrobe.groups.index(target_group)
    groups = wardrobe.item_groups
    fits = (groups[frame["query"]] == asked) & (
        groups[frame["target"]] == wanted
    )
    frame = frame[fits & frame["split"].isin(splits).to_numpy()]
    if frame.empty:
        raise InputError(
            f"{wardrobe.folder}: {source} hold no pair of {query_group} and "
            f"{target_group} in {', '.join(splits)}."
        )
    return CompatiblePairs(
        source,
        *(
            frame[name].to_numpy("int32")
            for name in ("customer", "query", "target")
        ),
        np.flatnonzero(groups == wanted).astype("int32"),
    )


def compatibility_questions(
    wardrobe, query_group, target_group, split="test", source="auto"
):
    """Asks about every pair of a part, with nine negatives each.

    Negatives are those that `questions.csv` names. Where it names none they
    are drawn from the part's items of the target's group that no pair of the
    wardrobe joins with the query (with `source` "votes": no vote of this
    customer, liked or not), the nine of least hash: they do not depend on
    anybody's seed, nor on the order of rows.

    Args:
        wardrobe: `Wardrobe`.
        query_group: As `compatible_pairs`.
        target_group: As `compatible_pairs`.
        split: "train", "valid" or "test".
        source: As `compatible_pairs`.

    Returns:
        `Questions` `[n, 10]`: the compatible candidate first. Where there are
        fewer negatives, the last candidates are -1, with label 0.

    Raises:
        InputError: As `compatible_pairs`, or if there are no negatives.
    """
    pairs = compatible_pairs(wardrobe, query_group, target_group, split, source)
    if pairs.source == "questions":
        negatives = _given_negatives(wardrobe, pairs, split)
    else:
        negatives = _drawn_negatives(wardrobe, pairs, split)
    missing = int((negatives < 0).sum())
    if missing == negatives.size:
        raise InputError(
            f"{wardrobe.folder}: there is no negative for any pair of {split}."
        )
    if missing:
        _LOG.warning(
            "%s: %d of %d negatives of %s are missing; their questions have "
            "fewer candidates",
            wardrobe.folder,
            missing,
            negatives.size,
            split,
        )
    candidates = np.concatenate([pairs.target[:, None], negatives], axis=1)
    labels = np.zeros(candidates.shape)
    labels[:, 0] = 1.0
    return Questions(pairs.customer, pairs.query, candidates, labels)


def _from_questions(wardrobe):
    rows = wardrobe.questions
    rows = rows[rows["label"] > 0].rename(columns={"candidate": "target"})
    return rows[["customer", "query", "target", "split"]]


def _from_outfits(wardrobe):
    rows = wardrobe.outfits
    both = rows.merge(
        rows[["outfit_id", "item"]],
        on="outfit_id",
        suffixes=("_query", "_target"),
    )
    both = both.rename(columns={"item_query": "query", "item_target": "target"})
    return _divided(wardrobe, both[["customer", "query", "target"]])


def _from_votes(wardrobe):
    votes = wardrobe.pair_votes
    votes = votes[votes["vote"] > 0]
    straight = votes[["customer", "query", "candidate"]]
    straight = straight.rename(columns={"candidate": "target"})
    turned = straight.rename(columns={"query": "target", "target": "query"})
    return _divided(wardrobe, pd.concat([straight, turned]))


_READERS = {
    "questions": _from_questions,
    "outfits": _from_outfits,
    "votes": _from_votes,
}


def _item_parts(wardrobe):
    """int8 `[items]`: each item's part, as codes of `SPLITS`."""
    hashes = parts.hash_ids(wardrobe.items["item_id"].to_numpy())
    hashes = parts.hash_rows([hashes], wardrobe.split_seed)
    return parts.split_by_hash(hashes, parts.PAIR_VOTE_FRACTIONS).codes


def _divided(wardrobe, frame):
    """The pairs whose two items are of one part, with that part."""
    of_items = _item_parts(wardrobe)
    query, target = (of_items[frame[name]] for name in ("query", "target"))
    frame = frame[query == target]
    split = pd.Categorical.from_codes(query[query == target], parts.SPLITS)
    return frame.assign(split=split)


def _given_negatives(wardrobe, pairs, split):
    """int32 `[n, 9]`, as `questions.csv` has them; -1 where it has none."""
    rows = wardrobe.questions
    rows = rows[rows["split"] == split]
    named = rows[rows["label"] == 0]
    by_question = named.groupby("question_id", sort=False)["candidate"]
    negatives = {key: found.to_numpy() for key, found in by_question}
    positives = rows[rows["label"] > 0].drop_duplicates(
        ["customer", "query", "candidate"]
    )
    question_of = {
        (query, target): question
        for query, target, question in zip(
            positives["query"],
            positives["candidate"],
            positives["question_id"],
            strict=True,
        )
    }
    table = np.full((len(pairs), NUM_NEGATIVES), -1, "int32")
    for row, key in enumerate(zip(pairs.query, pairs.target, strict=True)):
        found = negatives.get(question_of[key], ())[:NUM_NEGATIVES]
        table[row, : len(found)] = found
    return table


def _drawn_negatives(wardrobe, pairs, split):
    """int32 `[n, 9]`, of least hash; -1 where too few are to be had."""
    code = parts.SPLITS.index(split)
    offered = pairs.targets[_item_parts(wardrobe)[pairs.targets] == code]
    hashes = parts.hash_ids(wardrobe.items["item_id"].to_numpy())
    known = _known_targets(wardrobe, pairs)
    table = np.full((len(pairs), NUM_NEGATIVES), -1, "int32")
    for row, (customer, query, target) in enumerate(
        zip(pairs.customer, pairs.query, pairs.target, strict=True)
    ):
        draws = parts.hash_rows(
            [
                np.full(len(offered), hashes[query]),
                np.full(len(offered), hashes[target]),
                hashes[offered],
            ],
            wardrobe.split_seed,
        )
        owner = customer if pairs.source == "votes" else -1
        draws[np.isin(offered, known.get((owner, query), ()))] = _MOST
        best = np.argsort(draws, kind="stable")[:NUM_NEGATIVES]
        best = best[draws[best] < _MOST]
        table[row, : len(best)] = offered[best]
    return table


def _known_targets(wardrobe, pairs):
    """Dict from (customer or -1, query) to what must not be a negative."""
    if pairs.source == "votes":
        votes = wardrobe.pair_votes
        columns = votes[["customer", "query", "candidate"]].to_numpy()
        turned = columns[:, [0, 2, 1]]
        rows = np.concatenate([columns, turned])
    else:
        outfits = _READERS["outfits"](wardrobe)
        rows = outfits[["customer", "query", "target"]].to_numpy()
        rows = np.concatenate([np.full((len(rows), 1), -1), rows[:, 1:]], 1)
    known = {}
    for customer, query, target in rows.tolist():
        known.setdefault((customer, query), []).append(target)
    return known
