"""Future work: liking and popularity of each item of the pair.

PSA-Net, section V; with eight subspaces.
"""

from tfcompat.training.subspace_net import SubspaceConfig

CONFIG = SubspaceConfig(num_subspaces=8, item_terms=True)
