"""Questions: a query, its candidates and which of them go with it."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Questions:
    """Many questions as a struct of arrays.

    Attributes:
        customer: int32 `[n]`, customer rows; -1 = unknown.
        query: int32 `[n]`, item rows.
        candidates: int32 `[n, c]`, item rows.
        labels: float32 `[n, c]`, 1 = compatible, 0 = not.
        condition: int32 `[n]`, in which respect the items are compared, such
            as the number of an attribute; None where there is but one.

    Raises:
        ValueError: If the shapes do not agree or there is no question.
    """

    customer: np.ndarray
    query: np.ndarray
    candidates: np.ndarray
    labels: np.ndarray
    condition: np.ndarray | None = None

    def __post_init__(self):
        dtypes = dict.fromkeys(("customer", "query", "candidates"), np.int32)
        for name, dtype in {**dtypes, "labels": np.float32}.items():
            array = np.ascontiguousarray(getattr(self, name), dtype)
            object.__setattr__(self, name, array)
        count = len(self.query)
        if not count:
            raise ValueError("`query` is empty: there are no questions.")
        if self.candidates.ndim != 2 or self.labels.ndim != 2:
            raise ValueError(
                "`candidates` and `labels` must be [n, c], got shapes "
                f"{self.candidates.shape} and {self.labels.shape}."
            )
        if self.candidates.shape != self.labels.shape:
            raise ValueError(
                f"`labels` have shape {self.labels.shape}, but `candidates` "
                f"{self.candidates.shape}."
            )
        if self.query.shape != self.customer.shape or self.query.ndim != 1:
            raise ValueError(
                "`customer` and `query` must be [n], got shapes "
                f"{self.customer.shape} and {self.query.shape}."
            )
        if self.condition is not None:
            condition = np.ascontiguousarray(self.condition, np.int32)
            object.__setattr__(self, "condition", condition)
            if condition.shape != self.query.shape:
                raise ValueError(
                    f"`condition` must be [{count}], got shape "
                    f"{condition.shape}."
                )
        if len(self.candidates) != count:
            raise ValueError(
                f"`candidates` hold {len(self.candidates)} rows, but `query` "
                f"{count}."
            )

    def __len__(self):
        return len(self.query)


def questions_from_votes(pair_votes, splits=("train",)):
    """One question with one candidate a vote.

    Args:
        pair_votes: `Wardrobe.pair_votes`.
        splits: Which splits to take, such as `("train",)`; a `str` for one.

    Returns:
        `Questions` `[n, 1]` in the votes' order.

    Raises:
        ValueError: If no vote is in these splits.
    """
    splits = [splits] if isinstance(splits, str) else list(splits)
    votes = pair_votes[pair_votes["split"].isin(splits)]
    if votes.empty:
        raise ValueError(f"No pair vote is in the splits {splits}.")
    return Questions(
        votes["customer"].to_numpy(),
        votes["query"].to_numpy(),
        votes["candidate"].to_numpy()[:, None],
        (votes["vote"].to_numpy()[:, None] > 0),
    )


def questions_from_table(questions, split):
    """The fixed evaluation lists of one split.

    Args:
        questions: `Wardrobe.questions`; each question has one query and all
            have the same number of candidates.
        split: "train", "valid" or "test".

    Returns:
        `Questions` `[n, c]` in the order of their first rows.

    Raises:
        ValueError: If there is none in this split, or one differs in its
            number of candidates, or has several queries or customers.
    """
    rows = questions[questions["split"] == split]
    if rows.empty:
        raise ValueError(f"No question is in the split {split!r}.")
    order, names = rows["question_id"].factorize()
    rows = rows.iloc[np.argsort(order, kind="stable")]
    counts = np.bincount(order)
    uneven = np.flatnonzero(counts != counts[0])
    if uneven.size:
        raise ValueError(
            f"Question {names[uneven[0]]!r} has {counts[uneven[0]]} "
            f"candidates, but question {names[0]!r} {counts[0]}."
        )
    shape = (len(names), counts[0])
    columns = {
        name: rows[name].to_numpy().reshape(shape)
        for name in ("customer", "query", "candidate", "label")
    }
    for name in ("customer", "query"):
        mixed = (columns[name] != columns[name][:, :1]).any(axis=1)
        if mixed.any():
            at = names[np.flatnonzero(mixed)[0]]
            raise ValueError(f"Question {at!r} has more than one {name}.")
    return Questions(
        columns["customer"][:, 0],
        columns["query"][:, 0],
        columns["candidate"],
        columns["label"],
    )
