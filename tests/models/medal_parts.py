"""A tiny MEDAL and a batch for it."""

import numpy as np

from tests.models.pair_batch import make_pair_batch
from tfcompat.layers.colour_embedding import ColourEmbedding
from tfcompat.layers.distillation_head import DistillationHead
from tfcompat.layers.meta_spaces import MetaSpaces
from tfcompat.layers.multi_crop import MultiCrop
from tfcompat.layers.vision_transformer import VisionTransformer
from tfcompat.models.medal import MEDAL, MEDALEncoder


def make_encoder(colour=True):
    return MEDALEncoder(
        VisionTransformer(16, 8, width=8, depth=1, heads=2, drop_path=0.0),
        vision_dim=6,
        colour=ColourEmbedding(3, bins=(2, 3, 3), side=8) if colour else None,
    )


def make_medal():
    return MEDAL(
        make_encoder(),
        MetaSpaces(3, 9),
        DistillationHead(units=12, hidden_units=8, bottleneck=4),
        MultiCrop(16, 8, local_crops=1, local_scale=(0.1, 0.5)),
        aids={"text": 4},
    )


def make_medal_batch():
    inputs, labels = make_pair_batch()
    random = np.random.default_rng(7)
    count = len(inputs["item_rows"])
    inputs["items"] = random.random((count, 16, 16, 3)).astype("float32")
    text = random.normal(size=(count, 4)).astype("float32")
    inputs["text_features"] = text / np.linalg.norm(text, axis=1)[:, None]
    return inputs, labels
