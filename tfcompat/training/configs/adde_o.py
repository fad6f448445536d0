"""ADDE-O: ADDE's subspaces, weighted by the pair of groups and added up.

`tfcompat train adde-o --data WARDROBE --out RUN --set encoder=RUN`;
`--set subspaces=concatenation` puts them side by side instead.
"""

from tfcompat.training.outfits import OutfitConfig

# Rate, margin and number of negatives were chosen on validation outfits.
CONFIG = OutfitConfig(
    embedding="attributes",
    subspaces="sum",
    margin=0.1,
    negatives=2,
    learning_rate=3e-3,
)
