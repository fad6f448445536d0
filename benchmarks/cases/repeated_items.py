"""A step of PSA-Net where items repeat over votes."""

import numpy as np
import pandas as pd

import tfcompat  # noqa: F401  Chooses Keras 2 before TensorFlow is imported.

# isort: split
import tf_keras as keras

from benchmarks.cases.training_step import training_step
from benchmarks.measuring import Peak, interleave
from benchmarks.photos import write_photos
from benchmarks.row import Row
from tfcompat.data.images import ImageStore
from tfcompat.data.pipeline import make_dataset
from tfcompat.data.questions import Questions
from tfcompat.data.wardrobe import Wardrobe
from tfcompat.layers.free_attention import FreeAttention
from tfcompat.layers.group_projection import GroupProjection
from tfcompat.layers.hadamard_masks import HadamardMasks
from tfcompat.losses.contrastive import ContrastiveLoss
from tfcompat.models.backbones import make_backbone
from tfcompat.models.subspace_net import SubspaceNet

_SIZE = 64


def run(scratch, small):
    """One row: the cost of votes about few items."""
    votes, items = (32, 16) if small else (512, 64)
    paths = write_photos(scratch / "images", 2 * votes, _SIZE)
    rows = np.arange(2 * votes)
    wardrobe = Wardrobe.from_frames(
        scratch,
        pd.DataFrame(
            {
                "item_id": [f"i{row}" for row in rows],
                "image": [f"images/{path.name}" for path in paths],
                "group": np.array(["top", "bottom"])[rows % 2],
                "category": "any",
            }
        ),
    )
    model = SubspaceNet(
        make_backbone("small_cnn", _SIZE),
        GroupProjection(2, 64),
        HadamardMasks(3),
        FreeAttention(3),
    )
    store = ImageStore(paths, _SIZE)
    batches = {
        # `make_dataset` holds each item of a batch once.
        "repeated": _batch(rows % items, store, wardrobe, votes),
        # What embedding each vote's images would cost: no two are alike.
        "apart": _batch(rows, store, wardrobe, votes),
    }
    model(batches["apart"][0])
    model.compile(keras.optimizers.AdamW(1e-3), ContrastiveLoss())
    counts = {
        name: inputs["items"].shape[0] for name, (inputs, _) in batches.items()
    }
    with Peak() as peak:
        steps = {
            name: training_step(model, batch) for name, batch in batches.items()
        }
        best = interleave(steps, rounds=8, seconds=40)
    fewer = counts["apart"] / counts["repeated"]
    yield Row(
        f"a step of {votes} votes about {counts['repeated']} items, each "
        "embedded once",
        "ms",
        1000 * best["repeated"],
        f"one embedding per vote image, {counts['apart']}",
        1000 * best["apart"],
        best["apart"] / best["repeated"] / fewer,
        ">= 0.7",
        peak.megabytes,
        f"The ratio is the time saved over the images saved ({fewer:.0f} times "
        "fewer): 1 where cost follows the unique items alone.",
    )


def _batch(rows, store, wardrobe, votes):
    questions = Questions(
        np.full(votes, -1),
        rows[:votes],
        rows[votes:, None],
        (rows[:votes, None] // 2 % 2).astype("float32"),
    )
    dataset = make_dataset(questions, store, wardrobe, batch_size=votes)
    return next(iter(dataset))
