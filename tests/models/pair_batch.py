"""One small batch of pair questions, in the format of `make_dataset`."""

import numpy as np


def make_pair_batch(seed=0, *, items=6, features=5, batch=8, candidates=2):
    """Random features, questions and labels; the same for the same seed."""
    random = np.random.default_rng(seed)
    inputs = {
        "items": random.normal(size=(items, features)).astype("float32"),
        "item_rows": np.arange(items, dtype="int32"),
        "groups": (np.arange(items) % 2).astype("int32"),
        "categories": (np.arange(items) % 3).astype("int32"),
        "query": random.integers(0, items, batch).astype("int32"),
        "candidates": random.integers(0, items, (batch, candidates)).astype(
            "int32"
        ),
        "customer": random.integers(0, 4, batch).astype("int32"),
    }
    labels = random.integers(0, 2, (batch, candidates)).astype("float32")
    return inputs, labels
