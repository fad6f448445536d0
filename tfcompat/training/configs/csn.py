"""CSN: one shared embedding with a learned mask for each attribute.

`tfcompat train csn --data WARDROBE --out RUN --set encoder=RUN`
"""

from tfcompat.training.similarity import SimilarityConfig

# A projection from scratch takes larger steps than subspaces that are there.
CONFIG = SimilarityConfig(
    embedding="shared", masks="learned", learning_rate=2e-3
)
