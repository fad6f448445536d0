"""ADDE-M for a CPU: the backbone of adde-small stays as it is.

`tfcompat train adde-m-small --data WARDROBE --out RUN --set encoder=RUN`
"""

from tfcompat.training.adde_m import ADDEMConfig

CONFIG = ADDEMConfig(
    encoder_config="adde-small",
    backbone="frozen",
    triplets_per_item=2,
    epochs=10,
    learning_rate=1e-3,
    change_weight=0.0,
)
