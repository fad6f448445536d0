"""Our own: signed subspaces and taste, one customer behind all votes.

Chosen on the validation part of the default simulated wardrobe; see
docs/results.md for what each part brings.
"""

from tfcompat.training.joint_subspace_net import JointSubspaceConfig

CONFIG = JointSubspaceConfig()
