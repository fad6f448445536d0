"""Ablation: customers from StyNet. PSA-Net, section IV-D.2."""

from tfcompat.training.subspace_net import SubspaceConfig

CONFIG = SubspaceConfig(customers="stynet")
