"""CSA-Net: five masks, blended by the pair of groups; outfit ranking loss.

`tfcompat train csa-net --data WARDROBE --out RUN --set encoder=RUN`
"""

from tfcompat.training.outfits import OutfitConfig

# The published 5e-5 is for a whole pretrained CNN; here a projection learns.
CONFIG = OutfitConfig(learning_rate=4e-3)
