"""CSN with fixed masks: dimensions of its own for each attribute.

`tfcompat train csn-fixed --data WARDROBE --out RUN --set encoder=RUN`
"""

from tfcompat.training.similarity import SimilarityConfig

CONFIG = SimilarityConfig(embedding="shared", masks="fixed", learning_rate=2e-3)
