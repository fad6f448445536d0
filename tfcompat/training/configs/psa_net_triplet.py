"""Ablation: triplet loss on sampled items. PSA-Net, section IV-D.2."""

from tfcompat.training.subspace_net import SubspaceConfig

CONFIG = SubspaceConfig(loss="triplet")
