"""PSA-Net as published: three subspaces, Partial Dual customers."""

from tfcompat.training.subspace_net import SubspaceConfig

CONFIG = SubspaceConfig()
