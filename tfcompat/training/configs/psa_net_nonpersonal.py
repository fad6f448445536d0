"""Baseline 2: customers' votes, the same model for everybody.

PSA-Net, section IV-D.1 and Table I.
"""

from tfcompat.training.subspace_net import SubspaceConfig

CONFIG = SubspaceConfig(attention="free")
