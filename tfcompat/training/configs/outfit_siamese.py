"""A Siamese network: one embedding, whatever is compared; triplet loss.

`tfcompat train outfit-siamese --data WARDROBE --out RUN --set encoder=RUN`
"""

from tfcompat.training.outfits import OutfitConfig

CONFIG = OutfitConfig(
    attention="free",
    num_subspaces=1,
    loss="triplet",
    margin=0.1,
    learning_rate=4e-3,
)
