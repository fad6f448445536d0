"""ADDE-M as published, on the encoder that it is given.

`tfcompat train adde-m --data WARDROBE --out RUN --set encoder=RUN`. The paper's
is AlexNet, `train adde --set backbone=alexnet`; one that is trained here for
want of another is ResNet18.
"""

from tfcompat.training.adde_m import ADDEMConfig

CONFIG = ADDEMConfig()
