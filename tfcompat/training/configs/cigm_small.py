"""CIGM at 64 pixels and a quarter of the width, for a CPU.

Few steps must do: batches are small and the learning rate is high.
"""

from tfcompat.training.gan_baselines import CIGMConfig

CONFIG = CIGMConfig(
    image_size=64,
    width=16,
    noise_dim=64,
    batch_size=16,
    epochs=5,
    epoch_steps=200,
    learning_rate=4e-4,
)
