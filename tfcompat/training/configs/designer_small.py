"""The personalised designer at 64 pixels and a quarter of the width."""

from tfcompat.training.designer import DesignerConfig

CONFIG = DesignerConfig(
    image_size=64,
    width=16,
    trunk="garment_encoder",
    train_trunk=False,
    shrinkage=1.0,
    epochs=12,
    epoch_steps=200,
    judge_learning_rate=1e-3,
    customer_learning_rate=2e-2,
    judge_steps=1500,
    average_rate=0.995,
)
