"""What is written of items, as vectors that need no vocabulary."""

import re

import numpy as np

from tfcompat.data.splits import hash_ids

_WORD = re.compile(r"\w+")


def text_vectors(texts, dim):
    """Hashes the words of each text into a vector.

    Every word goes to one place by its hash, with a sign; a text is the sum
    of its words, scaled to length 1. A linear layer on top of it is a table
    of word embeddings, in which a few rare words share a row.

    Args:
        texts: Sequence of `str`; "" where nothing is known.
        dim: Size of a vector.

    Returns:
        float32 `[n, dim]`; zeros for a text without words.

    Raises:
        ValueError: If `dim` is not positive.

    Reference:
        Weinberger et al. 2009, https://arxiv.org/abs/0902.2206.
    """
    if dim < 1:
        raise ValueError(f"`dim` must be positive, got {dim}.")
    vectors = np.zeros((len(texts), dim), "float32")
    for row, text in enumerate(texts):
        words = _WORD.findall(text.lower())
        if not words:
            continue
        hashes = hash_ids(words)
        signs = np.where(hashes >> np.uint64(63), 1.0, -1.0)
        np.add.at(vectors[row], hashes % np.uint64(dim), signs)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1.0)
