"""Baseline 3: personalised, but with a single subspace.

PSA-Net, section IV-D.1 and Table I. The softmax over one subspace is always 1,
so that nothing personal is left.
"""

from tfcompat.training.subspace_net import SubspaceConfig

CONFIG = SubspaceConfig(num_subspaces=1)
