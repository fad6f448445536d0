"""BPR-DAE (Song et al. 2017) on visual features alone."""

from tfcompat.training.compatibility import BPRDAEConfig

CONFIG = BPRDAEConfig()
