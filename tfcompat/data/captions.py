"""What is said of items in words, and a vocabulary for it."""

import collections
import json
import re

import numpy as np

_WORD = re.compile(r"[^\W\d_]+|\d|[^\s\w]+|_+")
START, END = "<|startoftext|>", "<|endoftext|>"
_END_OF_WORD = "</w>"


def item_captions(items):
    """One caption an item: its text, or one made of what is known of it.

    Args:
        items: `Wardrobe.items`.

    Returns:
        List of `str`, one a row, none empty: where `text` is empty or there
        is no such column, the categorical attributes and the category, as
        `navy striped slim shirt`.
    """
    names = [
        name
        for name in items.columns
        if name.startswith("attr_") and items[name].dtype == object
    ]
    texts = items["text"] if "text" in items else [""] * len(items)
    return [
        text.strip() or " ".join([*filter(None, known), category])
        for text, category, *known in zip(
            texts,
            items["category"],
            *(items[name] for name in names),
            strict=True,
        )
    ]


def has_caption(items):
    """Whether more is known of an item than its category, bool `[items]`."""
    known = np.zeros(len(items), bool)
    for name in items.columns:
        if name == "text" or (
            name.startswith("attr_") and items[name].dtype == object
        ):
            known |= (items[name].str.strip() != "").to_numpy(bool)
    return known


def write_vocabulary(captions, folder, most_words=2000):
    """Writes the byte-pair vocabulary of captions, as CLIP's tokeniser reads.

    Pairs of neighbours are joined, the most frequent first, until every word
    is one token. Any other text falls apart into parts of words or bytes, of
    which none is unknown.

    Args:
        captions: List of `str`.
        folder: `pathlib.Path` that takes `vocab.json` and `merges.txt`.
        most_words: How many words become one token; the most frequent.

    Returns:
        int: number of tokens.
    """
    words = collections.Counter(
        word for text in captions for word in _WORD.findall(text.lower())
    )
    letters = _byte_letters()
    merges = _merges(
        {
            tuple(letters[byte] for byte in word.encode()): count
            for word, count in words.most_common(most_words)
        }
    )
    tokens = [
        *letters.values(),
        *(letter + _END_OF_WORD for letter in letters.values()),
        *dict.fromkeys(map("".join, merges)),  # Two pairs may make one token.
        START,
        END,
    ]
    numbers = {token: i for i, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(numbers), encoding="utf-8")
    lines = ["#version: 0.2", *map(" ".join, merges), ""]
    (folder / "merges.txt").write_text("\n".join(lines), encoding="utf-8")
    return len(numbers)


def _merges(words):
    """Pairs to join, in their order, until each of `words` is one token."""
    words = {
        (*letters[:-1], letters[-1] + _END_OF_WORD): count
        for letters, count in words.items()
    }
    merges = []
    while True:
        pairs = collections.Counter()
        for parts, count in words.items():
            for pair in zip(parts, parts[1:], strict=False):
                pairs[pair] += count
        if not pairs:
            return merges
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = {_join(parts, best): n for parts, n in words.items()}


def _join(parts, pair):
    joined = []
    for part in parts:
        # As the tokeniser: from the left, and no part is used twice.
        if joined and (joined[-1], part) == pair:
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


def _byte_letters():
    """The printable letter that stands for each byte in byte-pair files."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {
        **{byte: chr(byte) for byte in plain},
        **{byte: chr(256 + i) for i, byte in enumerate(others)},
    }
