"""Outfits, and questions about which item completes or which outfit fits."""

import dataclasses

import numpy as np

from tfcompat.data.errors import InputError
from tfcompat.data.id_splits import outfit_splits


@dataclasses.dataclass(frozen=True)
class OutfitQuestions:
    """Outfits with candidates that may complete them.

    Attributes:
        outfit: int32 `[n, m]`, item rows, -1 behind the last of an outfit.
        candidates: int32 `[n, c]`, item rows; -1 for none, where questions
            have different numbers of candidates.
        labels: float32 `[n, c]`, 1 = completes the outfit, 0 = not.
    """

    outfit: np.ndarray
    candidates: np.ndarray
    labels: np.ndarray

    def __len__(self):
        return len(self.outfit)


def read_outfits(wardrobe, split=None, least_items=2):
    """The outfits of nobody in particular.

    Args:
        wardrobe: `Wardrobe`.
        split: "train", "valid" or "test", by `outfit_splits`; None for all.
        least_items: Smaller outfits are left out.

    Returns:
        int32 `[n, m]` item rows, -1 behind the last of an outfit.

    Raises:
        InputError: If there is none.
    """
    rows = wardrobe.outfits[wardrobe.outfits["customer"] < 0]
    rows = rows.drop_duplicates(["outfit_id", "item"])
    order, names = rows["outfit_id"].factorize()
    sizes = np.bincount(order, minlength=len(names))
    wanted = sizes >= least_items
    if split is not None and len(names):
        wanted &= outfit_splits(wardrobe, names) == split
    if not wanted.any():
        part = f" in {split}" if split else ""
        raise InputError(
            f"{wardrobe.folder}: outfits.csv has no outfit of nobody{part} "
            f"with {least_items} items; outfits are learnt from those."
        )
    padded = np.full((len(names), sizes.max(initial=1)), -1, "int32")
    by_outfit = np.argsort(order, kind="stable")
    starts = np.cumsum(sizes) - sizes
    place = np.arange(len(rows)) - starts[order[by_outfit]]
    padded[order[by_outfit], place] = rows["item"].to_numpy()[by_outfit]
    return padded[wanted][:, : sizes[wanted].max()]


def hide_items(outfits, seed=0):
    """Hides one item of each outfit.

    Args:
        outfits: int `[n, m]`, as `read_outfits` returns them.
        seed: Decides which.

    Returns:
        Tuple of int32 `[n, m - 1]`, the rest, and int32 `[n]`, the hidden.
    """
    random = np.random.default_rng(seed)
    sizes = (outfits >= 0).sum(axis=1)
    at = (random.random(len(outfits)) * sizes).astype(int)
    kept = np.arange(outfits.shape[1]) != at[:, None]
    rest = outfits[kept].reshape(len(outfits), -1)
    return rest, outfits[np.arange(len(outfits)), at]


def fill_in_the_blank(outfits, kinds, *, answers=4, seed=0):
    """Asks which item was hidden, among others of its kind.

    Args:
        outfits: int `[n, m]`.
        kinds: int `[items]`, the kind of each item; wrong answers are of the
            right one's.
        answers: How many there are.
        seed: Decides what is hidden and what is offered.

    Returns:
        `OutfitQuestions`; a question of too small a kind is left out.
    """
    random = np.random.default_rng([seed, 1])
    rest, hidden = hide_items(outfits, seed)
    members = [np.flatnonzero(kinds == kind) for kind in range(kinds.max() + 1)]
    parts = []
    for outfit, item in zip(rest, hidden, strict=True):
        others = members[kinds[item]]
        others = others[(others != item) & ~np.isin(others, outfit)]
        if len(others) < answers - 1:
            continue
        wrong = random.choice(others, answers - 1, replace=False)
        place = random.integers(answers)
        parts.append((outfit, np.insert(wrong, place, item), place))
    if not parts:
        raise InputError("outfits.csv: no kind of item has enough others.")
    outfit, candidates, place = map(np.array, zip(*parts, strict=True))
    labels = np.arange(answers) == place[:, None]
    return OutfitQuestions(
        outfit.astype("int32"),
        candidates.astype("int32"),
        labels.astype("float32"),
    )


def retrieve_within_kind(outfits, kinds, *, most=3000, seed=0):
    """Asks for the hidden item among all of its fine-grained category.

    Args:
        outfits: int `[n, m]`.
        kinds: int `[items]`, the fine-grained category of each item.
        most: Items of a category to look among, at most. The hidden one is
            always among them; those of the outfits come before others, as in
            the papers, who fill test items up with training items.
        seed: Decides what is hidden, and the order of the rest.

    Returns:
        `OutfitQuestions` whose candidates are filled up with -1.
    """
    random = np.random.default_rng([seed, 2])
    rest, hidden = hide_items(outfits, seed)
    is_worn = np.isin(np.arange(len(kinds)), outfits)
    members = []
    for kind in range(kinds.max() + 1):
        items = random.permutation(np.flatnonzero(kinds == kind))
        members.append(items[np.argsort(~is_worn[items], kind="stable")])
    width = min(1 + max(map(len, members)), most)
    candidates = np.full((len(rest), width), -1, "int32")
    candidates[:, 0] = hidden
    for row, (outfit, item) in enumerate(zip(rest, hidden, strict=True)):
        others = members[kinds[item]]
        others = others[(others != item) & ~np.isin(others, outfit)]
        others = others[: most - 1]
        candidates[row, 1 : 1 + len(others)] = others
    labels = np.zeros(candidates.shape, "float32")
    labels[:, 0] = 1.0
    return OutfitQuestions(rest, candidates, labels)


def spoil_outfits(outfits, kinds, seed=0):
    """Outfits as they are, and others of random items of the same kinds.

    Args:
        outfits: int `[n, m]`.
        kinds: int `[items]`.
        seed: Decides the items.

    Returns:
        Tuple of int32 `[2 n, m]` and float32 `[2 n]`, 1 for the real ones.
    """
    random = np.random.default_rng([seed, 3])
    order = np.argsort(kinds, kind="stable")
    counts = np.bincount(kinds)
    starts = np.cumsum(counts) - counts
    kind = kinds[np.maximum(outfits, 0)]
    draw = (random.random(outfits.shape) * counts[kind]).astype(int)
    spoilt = np.where(outfits < 0, -1, order[starts[kind] + draw])
    labels = np.repeat([1.0, 0.0], len(outfits)).astype("float32")
    return np.concatenate([outfits, spoilt]).astype("int32"), labels


def pairs_of_outfits(outfits):
    """Every item of an outfit asked about all that come after it.

    The mean over an outfit's pairs is then a mean over its rows' scores.

    Args:
        outfits: int `[n, m]`.

    Returns:
        Tuple of `OutfitQuestions` with one item and one candidate each, and
        int `[rows]`, which outfit each is of.
    """
    first, second = np.triu_indices(outfits.shape[1], 1)
    owner = np.repeat(np.arange(len(outfits)), len(first))
    one, other = outfits[:, first].ravel(), outfits[:, second].ravel()
    there = (one >= 0) & (other >= 0)
    one, other = one[there][:, None], other[there][:, None]
    labels = np.ones(one.shape, "float32")
    return OutfitQuestions(one, other, labels), owner[there]
