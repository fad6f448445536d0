"""The calibrated logistic loss in place of the contrastive one."""

from tfcompat.training.subspace_net import SubspaceConfig

CONFIG = SubspaceConfig(loss="logistic")
