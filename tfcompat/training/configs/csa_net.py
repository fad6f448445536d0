"""CSA-Net: five masks, blended by the pair of groups; outfit ranking loss.

`tfcompat train csa-net --data WARDROBE --out RUN --set encoder=RUN`
"""

from tfcompat.training.outfits import OutfitConfig

# The published 5e-5 is for a whole pretrained CNN; here a projection learns.
# Of 0.05, 0.1 and the published 0.3, and of 2, 4 and 10 negatives (the paper
# says no number) these were chosen on validation outfits.
CONFIG = OutfitConfig(learning_rate=4e-3, margin=0.1, negatives=2)
