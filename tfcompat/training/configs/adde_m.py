"""ADDE-M as published, on AlexNet or ResNet18 as its encoder has it.

`tfcompat train adde-m --data WARDROBE --out RUN --set encoder=RUN`
"""

from tfcompat.training.adde_m import ADDEMConfig

CONFIG = ADDEMConfig()
