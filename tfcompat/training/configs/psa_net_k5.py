"""Ablation: five subspaces. PSA-Net, section IV-D.2."""

from tfcompat.training.subspace_net import SubspaceConfig

CONFIG = SubspaceConfig(num_subspaces=5)
