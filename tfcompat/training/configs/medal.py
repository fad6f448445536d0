"""MEDAL at the paper's sizes: ViT-S/16, 224 and 96 px, 64K prototypes."""

from tfcompat.training.medal import MedalConfig

CONFIG = MedalConfig()
