"""Stage 1: customers by StyNet; PSA-Net, section III-A.2."""

from tfcompat.training.stynet import StyNetConfig

CONFIG = StyNetConfig()
