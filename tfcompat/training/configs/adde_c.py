"""ADDE-C: conditional similarity in ADDE's own subspaces.

`tfcompat train adde-c --data WARDROBE --out RUN --set encoder=RUN`
"""

from tfcompat.training.similarity import SimilarityConfig

CONFIG = SimilarityConfig()
