"""Type-aware embeddings: a mask for each pair of groups; triplet loss.

`tfcompat train type-aware --data WARDROBE --out RUN --set encoder=RUN`
"""

from tfcompat.training.outfits import OutfitConfig

CONFIG = OutfitConfig(
    attention="category_pair_choice",
    loss="triplet",
    margin=0.1,
    learning_rate=4e-3,
)
