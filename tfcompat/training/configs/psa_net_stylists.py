"""Baseline 1: stylists' outfits, the same model for everybody.

PSA-Net, section IV-D.1 and Table I. Fine-grained categories decide on the
subspaces, as in CSA-Net, which the paper trains on its stylists' data.
"""

from tfcompat.training.subspace_net import SubspaceConfig

CONFIG = SubspaceConfig(attention="category_pair", votes="stylists")
