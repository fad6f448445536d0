"""ADDE's encoder as published: ResNet18, 224 pixels, d = 340.

`tfcompat train adde --data WARDROBE --out RUN`; AlexNet by
`--set backbone=alexnet`. Without pretrained weights (`--set weights=FILE.h5`)
25 epochs on a small wardrobe are far too few; see adde-small.
"""

from tfcompat.training.adde import ADDEConfig

CONFIG = ADDEConfig()
