"""CSA-Net: five masks, blended by the pair of groups; outfit ranking loss.

`tfcompat train csa-net --data WARDROBE --out RUN --set encoder=RUN`
"""

from tfcompat.training.outfits import OutfitConfig

# The published 5e-5 is for a whole pretrained CNN; here a projection learns.
# Chosen on validation outfits with two seeds, out of rates from 5e-4 to 8e-3,
# margins of 0.05, 0.1, 0.2 and the published 0.3, and 1, 2 and 4 negatives (the
# paper says no number). With more negatives or a larger margin the attention
# often comes to give different pairs of groups the same mask, for good.
CONFIG = OutfitConfig(learning_rate=1e-3, margin=0.1, negatives=1)
