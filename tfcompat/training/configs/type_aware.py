"""Type-aware embeddings: a mask for each pair of groups; triplet loss.

`tfcompat train type-aware --data WARDROBE --out RUN --set encoder=RUN`
"""

from tfcompat.training.outfits import OutfitConfig

CONFIG = OutfitConfig(
    attention="category_pair_choice", loss="triplet", learning_rate=4e-3
)
