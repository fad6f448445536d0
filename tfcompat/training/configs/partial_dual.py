"""Stage 1: customers by Partial Dual matrix completion of item votes.

PSA-Net, section III-A.1. `--set rank=0` chooses rank and cost by validation.
"""

from tfcompat.training.partial_dual import PartialDualConfig

CONFIG = PartialDualConfig()
