"""ADDE-O: ADDE's subspaces, weighted by the pair of groups and added up.

`tfcompat train adde-o --data WARDROBE --out RUN --set encoder=RUN`;
`--set subspaces=concatenation` puts them side by side instead.
"""

from tfcompat.training.outfits import OutfitConfig

CONFIG = OutfitConfig(
    embedding="attributes", subspaces="sum", learning_rate=1e-3
)
