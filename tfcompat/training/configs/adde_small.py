"""ADDE's encoder for a CPU: a small CNN on 64 pixels, d = 64.

`tfcompat train adde-small --data WARDROBE --out RUN`; docs/results.md says
what it reaches.
"""

from tfcompat.training.adde import ADDEConfig

CONFIG = ADDEConfig(
    backbone="small_cnn",
    image_size=64,
    dim=64,
    batch_size=64,
    epochs=36,
    learning_rate=3e-3,
    schedule="cosine",
    # Telling attributes comes first where the backbone starts from nothing.
    class_weight=1.0,
    local_weight=0.1,
    global_weight=0.1,
)
