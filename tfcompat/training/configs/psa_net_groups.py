"""Future work: more than two groups, by one projection for all items.

PSA-Net, section V. The other configs give every group of the wardrobe its own
projection, however many there are; here a single one serves them all.
"""

from tfcompat.training.subspace_net import SubspaceConfig

CONFIG = SubspaceConfig(shared_projection=True)
